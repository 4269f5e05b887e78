/**
 * CONFIG. All servers are configured alike: what one says holds for all, but for what the proxy is by itself. What the
 * platform decides, or the proxy is, cannot be changed through a client (owned-config.ts); the rest lasts as long as the
 * servers' processes, as it does without CONFIG REWRITE, and is kept past failovers (kept-config.ts).
 */
import { decodeReply, encode, encodeCommand, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import { OK } from '../route/replies.ts';
import type { Handler, Handlers } from '../route/router.ts';
import { answerLater } from './answer-later.ts';
import { broadcast, joined, wholeRequest } from './broadcast.ts';
import { isError } from './failure.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { KeptConfig, Setting } from './kept-config.ts';
import { isOwned, SECRETS } from './owned-config.ts';
import type { ShardCalls } from './shard-calls.ts';

export type OwnConfig = {
  readonly port: number;
  readonly bind: string;
  readonly databases: number;
  readonly clientsMax: number;
};

/** Of what is owned, what Redis lets nobody change while a server runs. */
const IMMUTABLE = new Set([
  'aclfile', 'appenddirname', 'appendfilename', 'cluster-enabled', 'daemonize', 'databases', 'logfile', 'pidfile',
  'supervised', 'unixsocket',
]); // prettier-ignore

export type ConfigEnv = {
  readonly calls: ShardCalls;
  readonly own: OwnConfig;
  readonly kept: KeptConfig;
  /** The servers have it now; the name is in lower case. */
  readonly onSet: (setting: Setting) => void;
};

export function configHandlers(env: ConfigEnv): Handlers {
  return [
    ['config|get', get(env)],
    ['config|set', set(env)],
    ['config|resetstat', broadcast(env.calls)],
  ];
}

function get({ calls, own }: ConfigEnv): Handler {
  return (client) => {
    const request = wholeRequest(client);
    answerLater(client, calls.routing, async () => {
      const reply = await calls.any({ client, request, isWrite: false });
      if (isError(reply)) return reply;
      const fields = fieldsOf(decodeReply(reply));
      const shown = shownConfig(fields, own, sharing(calls));
      return encodeReply(new Map(shown), client.respVersion);
    });
  };
}

/** How many servers share the memory that a manifest gives; what a client sets and reads is each server's. */
function sharing({ routing }: ShardCalls): number {
  return routing.traits.ownsServers ? routing.shards.length : 1;
}

/** What one of `serverCount` servers answered, as the configuration of all of them together. */
export function shownConfig(fields: Fields, own: OwnConfig, serverCount: number): Fields {
  const instead: Readonly<Record<string, (value: Reply) => Reply>> = {
    port: () => String(own.port),
    bind: () => own.bind,
    databases: () => String(own.databases),
    maxclients: () => String(own.clientsMax),
    maxmemory: (each) => String(Number(each) * serverCount),
    ...Object.fromEntries(SECRETS.map((name) => [name, () => ''])),
  };
  return new Map([...fields].map(([name, value]) => [name, instead[name]?.(value) ?? value]));
}

function set({ calls, own, kept, onSet }: ConfigEnv): Handler {
  return (client, command) => {
    const settings = settingsOf(client);
    const { ownsServers } = calls.routing.traits;
    const owned = settings.filter(({ name }) => isOwned(name, ownsServers));
    const twice = owned.length === 0 ? undefined : repeatedName(settings);
    if (twice !== undefined) return client.answer(refusedConfig(twice, 'duplicate parameter'));
    const whole = wholeRequest(client);
    answerLater(client, calls.routing, async () => {
      const present = await presentOf(settings, calls, client);
      if (present instanceof Uint8Array) return present;
      const shown = shownConfig(present, own, sharing(calls));
      const changed = owned.find((setting) => !isSetAlready(setting, shown));
      if (changed !== undefined) return refusedChange(changed);
      const others = settings.filter((setting) => !owned.includes(setting));
      if (owned.length > 0 && others.length === 0) return OK;
      const words = others.flatMap(({ given, value }) => [given, value]);
      const request = owned.length === 0 ? whole : encodeCommand(['CONFIG', 'SET', ...words]);
      return kept.whileSetting(others, present, async () => {
        const answers = await calls.all({ client, request, isWrite: command.isWrite });
        return joined(command, answers, () => {
          others.forEach(onSet);
          return OK;
        });
      });
    });
  };
}

type GivenSetting = Setting & { readonly given: string };

/** In memory of their own. A name without a value is the servers' to refuse, with all others. */
function settingsOf({ request }: Client): GivenSetting[] {
  const { bytes, offsets, count } = request;
  if (count % 2 === 1) return [];
  return Array.from({ length: (count - 2) / 2 }, (_, pair) => {
    const at = 2 + 2 * pair;
    const value = new Uint8Array(bytes.subarray(offsets[2 * at + 2], offsets[2 * at + 3]));
    const given = argumentText(request, at);
    return { given, name: given.toLowerCase(), value };
  });
}

/** What a server says of them now, or an error. */
async function presentOf(
  settings: readonly Setting[],
  calls: ShardCalls,
  client: Client,
): Promise<Fields | Uint8Array> {
  if (settings.length === 0) return new Map();
  const request = encodeCommand(['CONFIG', 'GET', ...settings.map(({ name }) => name)]);
  const reply = await calls.any({ client, request, isWrite: false });
  return isError(reply) ? reply : fieldsOf(decodeReply(reply));
}

function repeatedName(settings: readonly GivenSetting[]): string | undefined {
  const names = new Set<string>();
  return settings.find(({ name }) => names.size === names.add(name).size)?.given;
}

/** That changes nothing: tools do it. */
function isSetAlready({ name, value }: Setting, shown: Fields): boolean {
  return shown.get(name) === Buffer.from(value).toString();
}

function refusedChange({ name, given }: GivenSetting): Uint8Array {
  const kind = IMMUTABLE.has(name) ? 'immutable' : 'protected';
  return refusedConfig(given, `can't set ${kind} config`);
}

/** config.c `configSetCommand`. */
function refusedConfig(name: string, because: string): Uint8Array {
  return encode.errorReply(
    `ERR CONFIG SET failed (possibly related to argument '${name}') - ${because}`,
  );
}
