/** What ties the proxy to one server. */
import type { ProxySettings } from '../settings.ts';
import type { ControlPlaneEnv } from '../topology/control-plane.ts';
import { followServers, type Servers } from '../topology/follow-servers.ts';
import type { Followed } from '../topology/followed.ts';
import { askServer } from './ask-server.ts';
import { StandaloneFollower } from './standalone-follower.ts';

export function followStandalone(settings: ProxySettings, env: ControlPlaneEnv): Followed {
  return followServers(settings, env, ({ find, ask, ...common }: Servers) => {
    return new StandaloneFollower({
      ...common,
      findServer: find,
      ask: (at) => ask(at, (line) => askServer(line)),
    });
  });
}
