/**
 * CONFIG. All servers are configured alike: what one says holds for all, but for what the proxy is by itself. What the
 * platform decides cannot be changed through a client; the rest lasts as long as the servers' processes, as it does
 * without CONFIG REWRITE.
 */
import { isDeniedConfigKey } from '@keyfleet/lifecycle';
import { decodeReply, encode, encodeCommand, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import { OK } from '../route/replies.ts';
import type { Handler, Handlers } from '../route/router.ts';
import { answerLater } from './answer-later.ts';
import { broadcast, joined, wholeRequest } from './broadcast.ts';
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
const OWNED = new Set(['client-output-buffer-limit', 'databases', 'maxclients']);
/** Of these, what Redis lets nobody change while a server runs. */
const IMMUTABLE = new Set([
  'aclfile', 'appenddirname', 'appendfilename', 'cluster-enabled', 'daemonize', 'databases', 'logfile', 'pidfile',
  'supervised', 'unixsocket',
]); // prettier-ignore
/** Never told to a client. */
const SECRETS = [
  'requirepass', 'masterauth', 'masteruser', 'primaryauth', 'primaryuser', 'replicaof', 'slaveof', 'tls-key-file-pass',
  'tls-client-key-file-pass',
]; // prettier-ignore

export function configHandlers(calls: ShardCalls, own: OwnConfig): Handlers {
  return [
    ['config|get', get(calls, own)],
    ['config|set', set(calls, own)],
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

function set(calls: ShardCalls, own: OwnConfig): Handler {
  const toAll = broadcast(calls);
  return (client, command) => {
    const settings = settingsOf(client);
    const owned = settings.filter(({ name }) => isOwned(name.toLowerCase()));
    if (owned.length === 0) return toAll(client, command);
    const twice = repeatedName(settings);
    if (twice !== undefined) return client.answer(refusedConfig(twice, 'duplicate parameter'));
    answerLater(client, calls.routing, async () => {
      const changed = await changedOf(owned, { calls, own, client });
      if (changed instanceof Uint8Array) return changed;
      const others = settings.filter((setting) => !owned.includes(setting));
      if (others.length === 0) return OK;
      const words = others.flatMap(({ name, value }) => [name, value]);
      const request = encodeCommand(['CONFIG', 'SET', ...words]);
      const answers = await calls.all({ client, request, isWrite: command.isWrite });
      return joined(command, answers, () => OK);
    });
  };
}

type Setting = { readonly name: string; readonly value: Uint8Array };
type At = { readonly calls: ShardCalls; readonly own: OwnConfig; readonly client: Client };

/** In memory of their own. A name without a value is the servers' to refuse, with all others. */
function settingsOf({ request }: Client): Setting[] {
  const { bytes, offsets, count } = request;
  if (count % 2 === 1) return [];
  return Array.from({ length: (count - 2) / 2 }, (_, pair) => {
    const at = 2 + 2 * pair;
    const value = new Uint8Array(bytes.subarray(offsets[2 * at + 2], offsets[2 * at + 3]));
    return { name: argumentText(request, at), value };
  });
}

/** To set what is set already changes nothing: tools do it. The error of the first that is to be changed, or null. */
async function changedOf(owned: readonly Setting[], at: At): Promise<Uint8Array | null> {
  const { calls, own, client } = at;
  const request = encodeCommand(['CONFIG', 'GET', ...owned.map(({ name }) => name.toLowerCase())]);
  const reply = await calls.any({ client, request, isWrite: false });
  if (isError(reply)) return reply;
  const shown = fieldsOf(shownConfig(decodeReply(reply), own, calls.routing.shards.length));
  const changed = owned.find(
    ({ name, value }) => shown.get(name.toLowerCase()) !== Buffer.from(value).toString(),
  );
  if (changed === undefined) return null;
  const kind = IMMUTABLE.has(changed.name.toLowerCase()) ? 'immutable' : 'protected';
  return refusedConfig(changed.name, `can't set ${kind} config`);
}

function repeatedName(settings: readonly Setting[]): string | undefined {
  const names = settings.map(({ name }) => name.toLowerCase());
  return settings.find((_, i) => names.indexOf(names[i]!) !== i)?.name;
}

export function isOwned(name: string): boolean {
  return (
    isDeniedConfigKey(name) ||
    OWNED.has(name) ||
    OWNED_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

/** config.c `configSetCommand`. */
function refusedConfig(name: string, because: string): Uint8Array {
  return encode.errorReply(
    `ERR CONFIG SET failed (possibly related to argument '${name}') - ${because}`,
  );
}
