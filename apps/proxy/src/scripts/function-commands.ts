/** FUNCTION …: libraries are the same at all shards. */
import { anyShard } from '../route/any-shard.ts';
import type { Handler, Handlers } from '../route/router.ts';
import { askAny, broadcast } from '../wide/broadcast.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';
import type { FunctionLibraries } from './function-libraries.ts';

const EVERYWHERE = [
  'function|delete',
  'function|flush',
  'function|load',
  'function|restore',
] as const;
const ANYWHERE = ['function|dump', 'function|help', 'function|list'] as const;

export function functionHandlers(calls: ShardCalls, libraries: FunctionLibraries): Handlers {
  const { routing } = calls;
  const everywhere = broadcast(calls);
  const anywhere = askAny(calls);
  // What is changed everywhere is everywhere before: a library can be deleted where it is.
  const whenAllHaveAll: Handler = (client, command) => {
    if (libraries.areThereOrWait(client, routing.shards)) everywhere(client, command);
  };
  const whenOneHasAll: Handler = (client, command) => {
    const shard = anyShard(routing);
    const shards = shard === undefined ? [] : [shard];
    if (libraries.areThereOrWait(client, shards)) anywhere(client, command);
  };
  return [
    ...EVERYWHERE.map((name): [string, Handler] => [name, whenAllHaveAll]),
    ...ANYWHERE.map((name): [string, Handler] => [name, whenOneHasAll]),
  ];
}
