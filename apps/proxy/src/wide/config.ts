/**
 * CONFIG. All servers are configured alike: what one says holds for all, but for what the proxy is by itself. What the
 * platform decides cannot be changed through a client; the rest lasts as long as the servers' processes, as it does
 * without CONFIG REWRITE.
 */
import { isDeniedConfigKey } from '@keyfleet/lifecycle';
import { decodeReply, encode, encodeReply, type Reply } from '@keyfleet/resp';
import { argumentText } from '../route/refusals.ts';
import type { Handler, Handlers } from '../route/router.ts';
import { answerLater } from './answer-later.ts';
import { broadcast, wholeRequest } from './broadcast.ts';
import { isError } from './failure.ts';
import { fieldsOf } from './fields.ts';
import type { ShardCalls } from './shard-calls.ts';

export type OwnConfig = {
  readonly port: number;
  readonly bind: string;
  readonly databases: number;
  readonly clientsMax: number;
};

/** The platform's, besides what a manifest may not set: whom a server follows, and how many confirm a write. */
const OWNED_PREFIXES = ['repl-', 'replica-', 'min-replicas-', 'min-slaves-', 'tls-'];
const OWNED = new Set(['maxclients', 'databases']);
/** Never told to a client. */
const SECRETS = [
  'requirepass', 'masterauth', 'masteruser', 'primaryauth', 'primaryuser', 'replicaof', 'slaveof', 'tls-key-file-pass',
  'tls-client-key-file-pass',
]; // prettier-ignore

export function configHandlers(calls: ShardCalls, own: OwnConfig): Handlers {
  return [
    ['config|get', get(calls, own)],
    ['config|set', set(calls)],
    ['config|resetstat', broadcast(calls)],
  ];
}

function get(calls: ShardCalls, own: OwnConfig): Handler {
  return (client) => {
    const request = wholeRequest(client);
    answerLater(client, calls.routing, async () => {
      const reply = await calls.any({ client, request, isWrite: false });
      if (isError(reply)) return reply;
      const shown = shownConfig(decodeReply(reply), own, calls.routing.shards.length);
      return encodeReply(shown, client.respVersion);
    });
  };
}

/** What one of `shardCount` servers answered, as the configuration of all of them together. */
export function shownConfig(reply: Reply, own: OwnConfig, shardCount: number): Reply {
  const instead: Readonly<Record<string, (value: Reply) => Reply>> = {
    port: () => String(own.port),
    bind: () => own.bind,
    databases: () => String(own.databases),
    maxclients: () => String(own.clientsMax),
    maxmemory: (each) => String(Number(each) * shardCount),
    ...Object.fromEntries(SECRETS.map((name) => [name, () => ''])),
  };
  const shown = [...fieldsOf(reply)].map(([name, value]): [Reply, Reply] => [
    name,
    instead[name]?.(value) ?? value,
  ]);
  return new Map(shown);
}

function set(calls: ShardCalls): Handler {
  const toAll = broadcast(calls);
  return (client, command) => {
    const { request } = client;
    // A name without a value is the servers' to refuse.
    for (let i = 2; i + 1 < request.count; i += 2) {
      const name = argumentText(request, i);
      if (isOwned(name.toLowerCase())) return client.answer(protectedConfig(name));
    }
    toAll(client, command);
  };
}

export function isOwned(name: string): boolean {
  return (
    isDeniedConfigKey(name) ||
    OWNED.has(name) ||
    OWNED_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

/** config.c `configSetCommand`, for what `enable-protected-configs` protects. */
function protectedConfig(name: string): Uint8Array {
  return encode.errorReply(
    `ERR CONFIG SET failed (possibly related to argument '${name}') - can't set protected config`,
  );
}
