/**
 * What `up` starts, made of four sources: what the data directory has recorded, the manifest, environment and flags.
 * What cannot be changed yet in a platform that exists is refused here, before anything is touched.
 */
import { ClusterSpec, type Manifest } from '@keyfleet/lifecycle';
import type { PlatformRecord, PlatformSettings } from '@keyfleet/local-platform';
import { environmentName, flagName, loadSettings, type Settings } from '@keyfleet/runtime';
import { CommandError, EXIT_CONFIG } from './command-error.ts';
import type { ManifestFile } from './manifest-file.ts';
import type { ServerBinary } from './server-binary.ts';
import { upSettings, type UpKey } from './settings.ts';

export type Launch = {
  readonly dataDir: string;
  readonly cluster: string;
  readonly spec: ClusterSpec;
  readonly settings: PlatformSettings;
  readonly server: ServerBinary;
};

export type LaunchSources = {
  dataDir: string;
  flags: Readonly<Partial<Record<string, string>>>;
  env: Readonly<Record<string, string | undefined>>;
  file: ManifestFile | null;
  recorded: PlatformRecord | null;
};

type UpSettings = Settings<typeof upSettings>;
export type LaunchRequest = Omit<Launch, 'server'> & { readonly said: ManifestFile['said'] };

/** Throws ConfigError or CommandError. */
export function planLaunch(sources: LaunchSources): LaunchRequest {
  const { dataDir, file, recorded } = sources;
  const settings = readSettings(sources);
  const mistakes = [
    ...conflictsWithFile(sources, settings),
    ...(recorded ? changesNotBuilt(recorded, settings, file?.manifest) : []),
    ...impossible(settings),
    ...withoutControlPlane(sources, settings),
  ];
  if (mistakes.length > 0)
    throw new CommandError(`Cannot start:\n${mistakes.map((line) => `  ${line}`).join('\n')}`, {
      exitCode: EXIT_CONFIG,
    });

  return {
    dataDir,
    cluster: file?.manifest.metadata.name ?? recorded?.cluster ?? 'default',
    spec: specOf(sources, settings),
    settings: {
      bind: settings.bind,
      adminPort: settings.adminPort,
      apiPort: settings.apiPort,
      upstream: settings.upstream,
      server: settings.server,
      etcd: etcdText(settings),
      configservers: settings.configservers,
    },
    said: file?.said ?? {},
  };
}

function specOf({ file, recorded }: LaunchSources, settings: UpSettings): ClusterSpec {
  const base = file?.manifest.spec ?? recorded?.spec ?? ClusterSpec.parse({});
  return {
    ...base,
    shards: settings.shards,
    replicasPerShard: settings.replicas,
    proxy: { ...base.proxy, port: settings.port },
  };
}

/** Throws CommandError when the manifest asks for the other engine. */
export function completeLaunch({ said, ...request }: LaunchRequest, server: ServerBinary): Launch {
  if (said.server !== undefined && said.server !== `${server.flavor}-server`)
    throw new CommandError(
      `Cannot start: ${server.path} is ${server.flavor} ${server.version}, but the manifest says spec.engine.flavor "${said.server.replace('-server', '')}"`,
      { exitCode: EXIT_CONFIG },
    );
  const engine = { ...request.spec.engine, flavor: server.flavor };
  return { ...request, spec: { ...request.spec, engine }, server };
}

/** A Redis Cluster governs itself: it has no configserver. */
export function apiPorts({
  apiPort,
  configservers,
  upstream,
}: Pick<PlatformSettings, 'apiPort' | 'configservers' | 'upstream'>): number[] {
  if (upstream === 'redis-cluster') return [];
  return Array.from({ length: configservers }, (_, index) => apiPort + index);
}

function readSettings({ flags, env, file, recorded }: LaunchSources): UpSettings {
  const argv = Object.entries(flags).flatMap(([key, value]) =>
    value === undefined ? [] : [`${flagName(key)}=${value}`],
  );
  const below = { ...(recorded ? recordedValues(recorded) : {}), ...file?.said };
  return loadSettings(upSettings, { argv, env, file: below });
}

function recordedValues({ spec, settings }: PlatformRecord): Record<UpKey, string> {
  return {
    shards: String(spec.shards),
    replicas: String(spec.replicasPerShard),
    port: String(spec.proxy.port),
    apiPort: String(settings.apiPort),
    adminPort: String(settings.adminPort),
    bind: settings.bind,
    upstream: settings.upstream,
    server: settings.server,
    etcd: settings.etcd ?? '',
    configservers: String(settings.configservers),
  };
}

/** The server's flavor is compared when it is known (`completeLaunch`): a path does not tell it. */
function conflictsWithFile({ file, flags, env }: LaunchSources, settings: UpSettings): string[] {
  return Object.entries(file?.said ?? {}).flatMap(([key, said]) => {
    const now = String(settings[key as UpKey]);
    if (key === 'server' || now === said) return [];
    const source = flags[key] === undefined ? environmentName(key) : flagName(key);
    if (flags[key] === undefined && env[environmentName(key)] === undefined) return [];
    return [`${source}  is ${now}, but ${file?.path ?? ''} says ${said}`];
  });
}

function changesNotBuilt(
  recorded: PlatformRecord,
  settings: UpSettings,
  manifest: Manifest | undefined,
): string[] {
  const was = recordedValues(recorded);
  const fixed: [name: string, was: string, now: string][] = [
    ['--upstream', was.upstream, settings.upstream],
    ['--shards', was.shards, String(settings.shards)],
    ['--replicas', was.replicas, String(settings.replicas)],
    ['--etcd', was.etcd, etcdText(settings) ?? ''],
    ['metadata.name', recorded.cluster, manifest?.metadata.name ?? recorded.cluster],
  ];
  return fixed
    .filter(([, before, now]) => before !== now)
    .map(([name, before, now]) => `${name}  ${notBuilt(name, before, now)}`);
}

function notBuilt(name: string, before: string, now: string): string {
  const isScaling = name === '--shards' || name === '--replicas';
  const why = isScaling ? 'scaling is not built yet' : 'it cannot be changed';
  return `the data directory was made with ${before || 'none'}, got ${now || 'none'}: ${why}`;
}

function impossible(settings: UpSettings): string[] {
  const mistakes: string[] = [];
  if (settings.configservers > 1 && settings.etcd.length === 0)
    mistakes.push('--configservers  more than one need --etcd: the embedded store serves one');
  const ports = new Map<number, string>();
  const wanted: [number, string][] = [
    [settings.port, '--port'],
    [settings.adminPort, '--admin-port'],
    ...apiPorts(settings).map((port): [number, string] => [port, '--api-port']),
  ];
  for (const [port, name] of wanted) {
    const other = ports.get(port);
    if (other !== undefined) mistakes.push(`${name}  ${port} is taken by ${other}`);
    if (port > 65535) mistakes.push(`${name}  ${port} is no port`);
    ports.set(port, name);
  }
  return mistakes;
}

function withoutControlPlane({ flags, env, file }: LaunchSources, settings: UpSettings): string[] {
  if (settings.upstream !== 'redis-cluster') return [];
  const said = CONTROL_PLANE_KEYS.filter(
    (key) => flags[key] !== undefined || env[environmentName(key)] !== undefined,
  );
  const mistakes = said.map(
    (key) =>
      `${flags[key] === undefined ? environmentName(key) : flagName(key)}  is for configservers, and --upstream redis-cluster has none`,
  );
  if (file) mistakes.push(`${file.path}  is for shards of Keyfleet's own, want no --upstream`);
  return mistakes;
}

const CONTROL_PLANE_KEYS = ['apiPort', 'etcd', 'configservers'] as const;

function etcdText({ etcd }: UpSettings): string | null {
  return etcd.length === 0 ? null : etcd.join(',');
}
