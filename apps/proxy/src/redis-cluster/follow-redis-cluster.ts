/** What ties the proxy to a Redis Cluster: the topology it follows, the file that remembers. No lease: nodes refuse what is not theirs. */
import { createHash } from 'node:crypto';
import { systemClock as clock } from '@keyfleet/runtime';
import type { ProxySettings } from '../settings.ts';
import type { ControlPlaneEnv } from '../topology/control-plane.ts';
import type { Followed } from '../topology/followed.ts';
import { TopologyFile } from '../topology/topology-file.ts';
import { openServerAccess } from '../upstream/server-access.ts';
import { withControlLine } from '../upstream/with-control-line.ts';
import { parseServerAddress } from '../upstream/server-address.ts';
import { resolveAddresses } from '../upstream/resolve-addresses.ts';
import { NO_END } from '../workers/data-plane.ts';
import { askNode } from './ask-node.ts';
import { ClusterFollower } from './cluster-follower.ts';

export function followRedisCluster(
  settings: ProxySettings,
  { log, plane }: ControlPlaneEnv,
): Followed {
  const { cluster, refreshMs, refreshTimeoutMs, ipFamily } = settings;
  let seeds = settings.seeds.map((seed) => parseServerAddress(seed));
  const file = new TopologyFile(settings.stateDir, fileName(settings), log);
  let access = openServerAccess(settings, clock);
  const follower = new ClusterFollower({
    ...{ cluster, refreshMs, refreshTimeoutMs, log },
    clock,
    findSeeds: () =>
      resolveAddresses(seeds, { family: ipFamily, timeoutMs: refreshTimeoutMs, clock }),
    ask: async (at) => {
      const env = { ...(await access), clock };
      const to = { ...at, timeoutMs: refreshTimeoutMs };
      const reached = { host: at.host, isTls: env.isTls };
      return withControlLine(env, to, (line) => askNode(line, reached));
    },
    apply: (topology) => {
      plane.apply(topology);
      file.keep(topology);
    },
  });
  const remembered = file.read().then((topology) => {
    if (topology === undefined) return;
    follower.remember(topology);
    plane.remember(topology, true);
  });
  plane.onStale = () => follower.refresh();
  plane.grant(NO_END);
  const started = remembered.then(() => follower.start());
  return {
    // Whoever reads settings again has seen that they can be used.
    change: (live) => {
      seeds = live.seeds.map((seed) => parseServerAddress(seed));
      access = openServerAccess(live, clock);
      follower.refresh();
    },
    stop: async () => {
      await started;
      await follower.stop();
    },
  };
}

/** Other seeds, another cluster: what is remembered of one must not be taken for the other. */
function fileName({ cluster, seeds }: ProxySettings): string {
  const digest = createHash('sha256')
    .update([...seeds].sort().join())
    .digest('hex');
  return `${cluster}-${digest.slice(0, 8)}`;
}
