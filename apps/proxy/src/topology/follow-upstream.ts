/** Where the topology comes from, by the kind of what is behind the proxy. */
import { ConfigError } from '@keyfleet/runtime';
import type { ProxySettings } from '../settings.ts';
import { followRedisCluster } from '../redis-cluster/follow-redis-cluster.ts';
import { followStandalone } from '../standalone/follow-standalone.ts';
import type { Followed } from './followed.ts';
import { followControlPlane, type ControlPlaneEnv } from './control-plane.ts';

/** Throws ConfigError for settings that cannot work for this kind. */
export function followUpstream(settings: ProxySettings, env: ControlPlaneEnv): Followed {
  switch (settings.upstream) {
    case 'topology':
      if (settings.configserver.length === 0)
        throw new ConfigError(['--configserver  is required (or KEYFLEET_CONFIGSERVER)']);
      return followControlPlane(settings, env);
    case 'redis-cluster':
      if (settings.seeds.length === 0)
        throw new ConfigError(['--seeds  is required (or KEYFLEET_SEEDS)']);
      return followRedisCluster(settings, env);
    case 'standalone':
      if (settings.seeds.length !== 1)
        throw new ConfigError(['--seeds  want the server, host:port (or KEYFLEET_SEEDS)']);
      return followStandalone(settings, env);
  }
}
