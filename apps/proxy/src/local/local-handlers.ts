/** Every command that the proxy answers by itself, by name. */
import type { Handlers } from '../route/router.ts';
import { clientHandlers, type ClientCommandsEnv } from './client-commands.ts';
import { commandInfoHandlers } from './command-info.ts';
import { handshakeHandlers, type HandshakeFacts } from './handshake.ts';
import { infoHandler } from './info.ts';

export type LocalFacts = HandshakeFacts &
  ClientCommandsEnv & {
    port: number;
    uptimeMs: () => number;
    clientCount: () => number;
  };

export function localHandlers(facts: LocalFacts): Handlers {
  return [
    ...handshakeHandlers(facts),
    ...clientHandlers(facts),
    ...commandInfoHandlers(),
    infoHandler(() => ({
      Server: {
        redis_version: facts.serverVersion(),
        redis_mode: 'standalone',
        process_id: process.pid,
        tcp_port: facts.port,
        uptime_in_seconds: Math.floor(facts.uptimeMs() / 1000),
      },
      Clients: { connected_clients: facts.clientCount() },
      Replication: { role: 'master', connected_slaves: 0 },
      Cluster: { cluster_enabled: 0 },
    })),
  ];
}
