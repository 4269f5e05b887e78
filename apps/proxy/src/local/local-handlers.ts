/** Every command that the proxy answers by itself, by name. */
import type { Handlers } from '../route/router.ts';
import { clientHandlers, type ClientCommandsEnv } from './client-commands.ts';
import { commandInfoHandlers } from './command-info.ts';
import { noTouchHandler } from './no-touch.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';
import { handshakeHandlers, type HandshakeFacts } from './handshake.ts';

export type LocalFacts = HandshakeFacts & ClientCommandsEnv & { readonly calls: ShardCalls };

export function localHandlers(facts: LocalFacts): Handlers {
  return [
    ...handshakeHandlers(facts),
    ...clientHandlers(facts),
    ['client|no-touch', noTouchHandler(facts.calls)],
    ...commandInfoHandlers(),
  ];
}
