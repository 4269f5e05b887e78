/** Every command that the proxy answers by itself, by name. */
import type { Handlers } from '../route/router.ts';
import { clientHandlers, type ClientCommandsEnv } from './client-commands.ts';
import { commandInfoHandlers } from './command-info.ts';
import { handshakeHandlers, type HandshakeFacts } from './handshake.ts';

export type LocalFacts = HandshakeFacts & ClientCommandsEnv;

export function localHandlers(facts: LocalFacts): Handlers {
  return [...handshakeHandlers(facts), ...clientHandlers(facts), ...commandInfoHandlers()];
}
