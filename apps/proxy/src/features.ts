/** Everything that a client can ask for and that is more than a request to one server, wired together. */
import type { Client } from './downstream/client.ts';
import { localHandlers } from './local/local-handlers.ts';
import type { Handler } from './route/router.ts';
import type { Routing } from './route/routing.ts';
import { takeInModes, type TakeInMode } from './session/modes.ts';
import type { ProxySettings } from './settings.ts';

export type FeatureEnv = {
  readonly settings: ProxySettings;
  readonly routing: Routing;
  readonly monotonicMs: () => number;
  /** What the servers behind the proxy say they are. */
  readonly serverVersion: () => string;
  /** Of all processes of this proxy. */
  readonly clientCount: () => number;
};

export type Features = {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly takeInMode: TakeInMode;
  readonly onLeft: (client: Client) => void;
};

export function createFeatures(env: FeatureEnv): Features {
  const { settings, monotonicMs, serverVersion, clientCount } = env;
  const startedAtMs = monotonicMs();
  return {
    handlers: new Map([
      ...localHandlers({
        serverVersion,
        clientCount,
        databases: settings.databases,
        port: settings.port,
        uptimeMs: () => monotonicMs() - startedAtMs,
      }),
    ]),
    takeInMode: takeInModes({ queueing: () => false, subscribed: () => false }),
    onLeft: () => undefined,
  };
}
