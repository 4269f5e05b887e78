/** Everything that a client can ask for and that is more than a request to one server, wired together. */
import type { Clock } from '@keyfleet/runtime';
import type { Client } from './downstream/client.ts';
import type { ClientRegistry } from './downstream/client-registry.ts';
import { IDLE_ACTIVITY, type ClientActivity } from './local/client-line.ts';
import { ClientPause } from './local/client-pause.ts';
import { localHandlers } from './local/local-handlers.ts';
import type { Handler } from './route/router.ts';
import type { Routing } from './route/routing.ts';
import { takeInModes, type TakeInMode } from './session/modes.ts';
import type { ProxySettings } from './settings.ts';

export type FeatureEnv = {
  readonly settings: ProxySettings;
  readonly routing: Routing;
  readonly clock: Clock;
  /** There are none before the features are wired. */
  readonly clients: () => ClientRegistry;
  /** What the servers behind the proxy say they are. */
  readonly serverVersion: () => string;
  /** Of all processes of this proxy. */
  readonly clientCount: () => number;
};

export type Features = {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly takeInMode: TakeInMode;
  readonly onLeft: (client: Client) => void;
  readonly activityOf: (client: Client) => ClientActivity;
};

export function createFeatures(env: FeatureEnv): Features {
  const { settings, clock, clients, serverVersion, clientCount } = env;
  const { monotonicMs } = clock;
  const pause = new ClientPause(clients, clock);
  const startedAtMs = monotonicMs();
  const activityOf = (): ClientActivity => IDLE_ACTIVITY;
  return {
    handlers: new Map([
      ...localHandlers({
        clients: () => clients().all(),
        pause,
        activityOf,
        monotonicMs,
        serverVersion,
        clientCount,
        databases: settings.databases,
        port: settings.port,
        uptimeMs: () => monotonicMs() - startedAtMs,
      }),
    ]),
    takeInMode: takeInModes({
      queueing: () => false,
      subscribed: () => false,
      paused: (client, command) => pause.take(client, command),
    }),
    onLeft: () => undefined,
    activityOf,
  };
}
