/** What a process serves by when its configuration is read again: all that it can take without an end, and what it cannot. */
import type { SettingsTable } from '@keyfleet/runtime';
import type { ListenerConfig, ProxyConfig } from '../config/proxy-config.ts';
import { listenerNames } from '../listeners/listener-name.ts';
import { credentialKeys, hasCredentials } from '../upstream/open-credentials.ts';
import { traitsOf } from '../upstream/upstream-kind.ts';
import { tlsKeys, wantsTls } from '../upstream/upstream-tls.ts';
import {
  clusterSettings,
  processSettings,
  type ClusterSettings,
  type ProcessSettings,
} from '../settings.ts';

export type ReloadPlan = {
  /** What is wanted, with the present values of what needs a restart. */
  readonly config: ProxyConfig;
  readonly applied: readonly string[];
  readonly needsRestart: readonly string[];
};

type Merged<T> = {
  readonly settings: T;
  readonly applied: string[];
  readonly needsRestart: string[];
};

/** The port is that of the listener, where there is no list of them; and a listener is added and removed. */
const SEEN_ELSEWHERE: ReadonlySet<string> = new Set(['port']);

export function planReload(present: ProxyConfig, wanted: ProxyConfig): ReloadPlan {
  const process = merge<ProcessSettings>(processSettings, present.process, wanted.process);
  const clusters = mergeClusters(present.clusters, wanted.clusters);
  const listeners = wanted.listeners;
  return {
    config: { process: process.settings, clusters: clusters.settings, listeners },
    applied: [
      ...changedNames('cluster', [...present.clusters.keys()], [...wanted.clusters.keys()]),
      ...listenerChanges(present.listeners, listeners),
      ...process.applied,
      ...clusters.applied,
    ],
    needsRestart: [...process.needsRestart, ...clusters.needsRestart],
  };
}

type Clusters = ReadonlyMap<string, ClusterSettings>;

function mergeClusters(present: Clusters, wanted: Clusters): Merged<Clusters> {
  const settings = new Map<string, ClusterSettings>();
  const applied: string[] = [];
  const needsRestart: string[] = [];
  for (const [name, own] of wanted) {
    const former = present.get(name);
    const merged = merge(tableFor(former, own), former ?? own, own);
    settings.set(name, merged.settings);
    applied.push(...merged.applied.map((key) => `clusters.${name}.${key}`));
    needsRestart.push(...merged.needsRestart.map((key) => `clusters.${name}.${key}`));
  }
  return { settings, applied, needsRestart };
}

/** What is live only as long as something else stays as it is. */
function tableFor(former: ClusterSettings | undefined, own: ClusterSettings): SettingsTable {
  if (former === undefined) return clusterSettings;
  const isOtherWay = isReachedInAnotherWay(former, own);
  // A connection asks for credentials or does not, from its start: some in the place of none are for a restart.
  const areOthers = isOtherWay || hasCredentials(former) !== hasCredentials(own);
  const fixed = [...(isOtherWay ? ['seeds'] : []), ...(areOthers ? credentialKeys : [])];
  const table: SettingsTable = clusterSettings;
  return {
    ...table,
    ...Object.fromEntries(fixed.map((key) => [key, { ...table[key]!, isLive: false }])),
  };
}

/** Servers of another kind, or with TLS in the place of none: these would be asked in the wrong way until the restart. */
function isReachedInAnotherWay(former: ClusterSettings, own: ClusterSettings): boolean {
  if (former.upstream !== own.upstream || wantsTls(former) !== wantsTls(own)) return true;
  if (!wantsTls(own)) return false;
  // One server has the certificate of its name.
  const isOtherName = traitsOf(own.upstream).isOneServer && !isSame(former.seeds, own.seeds);
  return isOtherName || tlsKeys.some((key) => former[key] !== own[key]);
}

function merge<T extends Readonly<Record<string, unknown>>>(
  table: SettingsTable,
  present: T,
  wanted: T,
): Merged<T> {
  const differing = Object.keys(table).filter((key) => !isSame(present[key], wanted[key]));
  const isLive = (key: string): boolean => table[key]!.isLive;
  const live = differing.filter(isLive);
  return {
    settings: { ...present, ...Object.fromEntries(live.map((key) => [key, wanted[key]])) },
    applied: live,
    needsRestart: differing.filter((key) => !isLive(key) && !SEEN_ELSEWHERE.has(key)),
  };
}

/** Values of settings are texts, numbers and lists of them. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function listenerChanges(
  present: readonly ListenerConfig[],
  wanted: readonly ListenerConfig[],
): string[] {
  const former = byName(present);
  const next = byName(wanted);
  const changed = [...next].filter(([name, config]) => {
    const known = former.get(name);
    return known !== undefined && !isSame(known, config);
  });
  return [
    ...changedNames('listener', [...former.keys()], [...next.keys()]),
    ...changed.map(([name]) => `listener ${name} changed`),
  ];
}

function byName(configs: readonly ListenerConfig[]): Map<string, ListenerConfig> {
  const names = listenerNames(configs);
  return new Map(configs.map((config, at) => [names[at]!, config]));
}

function changedNames(
  what: string,
  present: readonly string[],
  wanted: readonly string[],
): string[] {
  const added = wanted.filter((name) => !present.includes(name));
  const removed = present.filter((name) => !wanted.includes(name));
  return [
    ...added.map((name) => `${what} ${name} added`),
    ...removed.map((name) => `${what} ${name} removed`),
  ];
}
