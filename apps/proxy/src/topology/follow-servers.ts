/** What kinds of upstream have in common that the proxy finds by itself: seeds, a way to ask servers, the file that remembers. */
import { createHash } from 'node:crypto';
import { systemClock as clock, type Clock, type Logger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import type { ProxySettings } from '../settings.ts';
import type { ControlLine } from '../upstream/control-line.ts';
import { resolveAddresses } from '../upstream/resolve-addresses.ts';
import { openServerAccess, type ServerAccess } from '../upstream/server-access.ts';
import { parseServerAddress, type ServerAddress } from '../upstream/server-address.ts';
import { withControlLine } from '../upstream/with-control-line.ts';
import { NO_END } from '../workers/data-plane.ts';
import type { ControlPlaneEnv } from './control-plane.ts';
import type { Followed } from './followed.ts';
import { TopologyFile } from './topology-file.ts';

export type Servers = {
  readonly cluster: string;
  readonly refreshMs: () => number;
  readonly refreshTimeoutMs: () => number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Addresses of the seeds, as their names are resolved now. */
  readonly find: () => Promise<ServerAddress[]>;
  /** What is applied from now on was found by the seeds that were changed to. */
  readonly onSeedsTaken: () => void;
  readonly ask: <T>(
    at: ServerAddress,
    run: (line: ControlLine, isTls: boolean) => Promise<T>,
  ) => Promise<T>;
  readonly apply: (topology: Topology) => void;
};

export interface Follower {
  readonly failure: string;
  start(): void;
  stop(): Promise<void>;
  remember(topology: Topology): void;
  refresh(): void;
  /** Where it is found from now on: another one, maybe. */
  changeSeeds(): void;
}

/** There is no lease: what is behind the proxy knows by itself who may be written to. */
export function followServers(
  settings: ProxySettings,
  { log, plane }: ControlPlaneEnv,
  followerOf: (servers: Servers) => Follower,
): Followed {
  let live = settings;
  let file = fileOf(settings, log);
  let access = accessOf(settings);
  const follower = followerOf({
    ...{ cluster: settings.cluster, clock, log },
    refreshMs: () => live.refreshMs,
    refreshTimeoutMs: () => live.refreshTimeoutMs,
    find: () => {
      const { seeds, ipFamily: family, refreshTimeoutMs: timeoutMs } = live;
      return resolveAddresses(seeds.map(parseServerAddress), { family, timeoutMs, clock });
    },
    ask: async (at, run) => {
      const env = { ...(await access), clock };
      const to = { ...at, timeoutMs: live.refreshTimeoutMs };
      return withControlLine(env, to, (line) => run(line, env.isTls));
    },
    onSeedsTaken: () => {
      file = fileOf(live, log);
    },
    apply: (topology) => {
      plane.apply(topology);
      file.keep(topology);
    },
  });
  const started = file.read().then((topology) => {
    if (topology !== undefined) {
      follower.remember(topology);
      plane.remember(topology, true);
    }
    follower.start();
  });
  plane.onStale = () => follower.refresh();
  plane.grant(NO_END);
  return {
    failure: () => follower.failure,
    // Whoever reads settings again has seen that they can be used.
    change: (changed) => {
      const hasOtherSeeds = changed.seeds.join() !== live.seeds.join();
      live = changed;
      access = accessOf(changed);
      if (hasOtherSeeds) follower.changeSeeds();
      else follower.refresh();
    },
    stop: async () => {
      await started;
      await follower.stop();
    },
  };
}

/** Settings that cannot work are told by the data plane, which opens the same; here by each question. */
function accessOf(settings: ProxySettings): Promise<ServerAccess> {
  const access = openServerAccess(settings, clock);
  access.catch(() => undefined);
  return access;
}

/** Other seeds, another cluster: what is remembered of one must not be taken for the other. */
function fileOf({ stateDir, cluster, seeds, upstream }: ProxySettings, log: Logger): TopologyFile {
  const digest = createHash('sha256')
    .update([upstream, ...[...seeds].sort()].join())
    .digest('hex');
  return new TopologyFile(stateDir, `${cluster}-${digest.slice(0, 8)}`, log);
}
