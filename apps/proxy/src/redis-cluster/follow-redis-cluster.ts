/** What ties the proxy to a Redis Cluster. */
import type { ProxySettings } from '../settings.ts';
import type { ControlPlaneEnv } from '../topology/control-plane.ts';
import { followServers } from '../topology/follow-servers.ts';
import type { Followed } from '../topology/followed.ts';
import { askNode } from './ask-node.ts';
import { ClusterFollower } from './cluster-follower.ts';

export function followRedisCluster(settings: ProxySettings, env: ControlPlaneEnv): Followed {
  return followServers(settings, env, ({ find, ask, ...common }) => {
    return new ClusterFollower({
      ...common,
      findSeeds: find,
      ask: (at) => ask(at, (line, isTls) => askNode(line, { host: at.host, isTls })),
    });
  });
}
