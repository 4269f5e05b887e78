/** PUBSUB: what servers know, corrected: each counts a process of the proxy once for the clients that it stands for. */
import { decodeReply, encode, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { anyShard } from '../route/any-shard.ts';
import { errors } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import { answerLater } from '../wide/answer-later.ts';
import { askAny } from '../wide/broadcast.ts';
import { failureOf } from '../wide/failure.ts';
import type { ShardAnswer, ShardCalls } from '../wide/shard-calls.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { Processes, Subscribers, SubscribersOrder } from '../workers/processes.ts';
import { names } from './arguments.ts';
import type { Hub } from './hub.ts';
import { commandOf, toBytes, toName } from './name.ts';
import { isReserved, slotOf } from './place.ts';
import type { ShardFeed } from './shard-feed.ts';
import type { Subscriber } from './subscriber.ts';

export type QueriesEnv = {
  readonly calls: ShardCalls;
  readonly hub: Hub<Subscriber, ShardFeed>;
  readonly processes: Processes;
};

const CHANNELS = { channel: 'CHANNELS', shardChannel: 'SHARDCHANNELS' } as const;
const NUMSUB = { channel: 'NUMSUB', shardChannel: 'SHARDNUMSUB' } as const;
type Named = keyof typeof CHANNELS;

export function queryHandlers(env: QueriesEnv): Handlers {
  return [
    ['pubsub|channels', (client) => channels(client, 'channel', env)],
    ['pubsub|shardchannels', (client) => channels(client, 'shardChannel', env)],
    ['pubsub|numsub', (client) => numsub(client, 'channel', env)],
    ['pubsub|shardnumsub', (client) => numsub(client, 'shardChannel', env)],
    ['pubsub|numpat', (client) => numpat(client, env)],
    ['pubsub|help', askAny(env.calls)],
  ];
}

function channels(client: Client, kind: Named, { calls, hub }: QueriesEnv): void {
  const given = names(client.request, 2);
  if (given.length > 1) return client.answer(wrongChannels(client));
  const name = CHANNELS[kind];
  const request = pubsub(name, given);
  // The server may still count this process for a client that has left.
  const isOver = (channel: string, shard: string): boolean =>
    hub.find(kind, channel) === undefined && isKnown(hub, kind, channel, shard);
  answerLater(client, calls.routing, async () => {
    const answers = await calls.all({ client, request, isWrite: false });
    const failure = failureOf(answers, { name: `PUBSUB ${name}`, isWrite: false });
    if (failure !== null) return failure;
    const found = answers.flatMap(({ shard, reply }) =>
      elements(reply)
        .map(nameOf)
        .filter((channel) => !isReserved(channel) && !isOver(channel, shard.id)),
    );
    return namesReply([...new Set(found)]);
  });
}

/**
 * Each channel is asked for where it is published: elsewhere the same subscribers would be counted again. But where servers
 * share messages, others are subscribed at any of them.
 */
function numsub(client: Client, kind: Named, { calls, hub, processes }: QueriesEnv): void {
  const wanted = names(client.request, 2);
  const name = NUMSUB[kind];
  const byShard = hub.isShared(kind)
    ? new Map(calls.routing.shards.map((shard) => [shard, [...new Set(wanted)]]))
    : Map.groupBy(new Set(wanted), (channel) => homeOf(channel, calls));
  if (byShard.has(undefined)) return client.answer(errors.slotNotServed);
  const ask = async (shard: ShardUpstream, of: readonly string[]): Promise<ShardAnswer> => {
    const reply = await calls.one(shard, { client, request: pubsub(name, of), isWrite: false });
    return { shard, reply: reply ?? errors.slotNotServed };
  };
  answerLater(client, calls.routing, async () => {
    const answers = await Promise.all([...byShard].map(([shard, of]) => ask(shard!, of)));
    const failure = failureOf(answers, { name: `PUBSUB ${name}`, isWrite: false });
    if (failure !== null) return failure;
    const counted = answers.flatMap(({ shard, reply }) =>
      pairs(elements(reply)).map(([channel, count]) => ({ channel, shard: shard.id, count })),
    );
    const channels = counted.map(({ channel, shard }) => [channel, shard] as const);
    const ours = await subscribersOf({ kind, channels }, processes);
    const told = counted.map(({ channel, count }, at) => ({
      ...{ channel, counted: count },
      ours: ours.map((of) => of[at]!),
    }));
    const byChannel = Map.groupBy(told, ({ channel }) => channel);
    const reply = wanted.flatMap((channel): Reply[] => [
      toBytes(channel),
      countOf(byChannel.get(channel) ?? []),
    ]);
    return encodeReply(reply, client.respVersion);
  });
}

/**
 * Patterns are subscribed at every shard, so any one knows them all; a pattern counts once. Where servers share messages,
 * they are at one or the other: those of others that are at several count as often.
 */
function numpat(client: Client, { calls, hub }: QueriesEnv): void {
  const request = pubsub('NUMPAT', []);
  const { routing } = calls;
  answerLater(client, routing, async () => {
    const shards = hub.isShared('pattern') ? routing.shards : [anyShard(routing)!];
    const answers = await calls.all({ client, request, isWrite: false }, shards);
    const failure = failureOf(answers, { name: 'PUBSUB NUMPAT', isWrite: false });
    if (failure !== null) return failure;
    const others = answers.map(({ shard, reply }) =>
      Math.max(0, Number(decodeReply(reply)) - ownPatternsAt(hub, shard.id)),
    );
    return encode.integer(others.reduce((sum, count) => sum + count, hub.count('pattern')));
  });
}

function ownPatternsAt(hub: QueriesEnv['hub'], shard: string): number {
  const ledger = hub.feeds.get(shard)?.ledger;
  const known = [...(ledger?.names('pattern') ?? [])];
  return known.filter((name) => ledger!.mayCount('pattern', name)).length;
}

/** By process. */
function subscribersOf(
  order: SubscribersOrder,
  processes: Processes,
): Promise<readonly (readonly Subscribers[])[]> {
  return new Promise((resolve) => processes.ask('subscribers', order, resolve));
}

/** What one server counted of a channel, and what our processes, which are among it, say. */
export type Told = { readonly counted: number; readonly ours: readonly Subscribers[] };

/** Who hears a channel of which these servers told. Clients of ours are the same whichever was asked. */
export function countOf(told: readonly Told[]): number {
  const others = told.map(({ counted, ours }) =>
    Math.max(0, counted - ours.filter(({ isKnown }) => isKnown).length),
  );
  const clients = (told[0]?.ours ?? []).map((of) => of.clients);
  return [...others, ...clients].reduce((sum, count) => sum + count, 0);
}

/** The shard's server may count this process. */
function isKnown(hub: QueriesEnv['hub'], kind: Named, channel: string, shard: string): boolean {
  return hub.feeds.get(shard)?.ledger.mayCount(kind, channel) === true;
}

/** A notification that is published by hand goes elsewhere, but is heard at every shard. */
function homeOf(channel: string, { routing }: ShardCalls): ShardUpstream | undefined {
  return routing.shards[routing.owners[slotOf(toBytes(channel))]!];
}

function pubsub(subcommand: string, args: readonly string[]): Uint8Array {
  return commandOf(['PUBSUB', subcommand, ...args]);
}

function elements(reply: Uint8Array): readonly Reply[] {
  return decodeReply(reply) as readonly Reply[];
}

function pairs(flat: readonly Reply[]): [string, number][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [
    nameOf(flat[2 * i]!),
    Number(flat[2 * i + 1]),
  ]);
}

/** The decoder gives a string where the bytes are UTF-8. */
function nameOf(reply: Reply): string {
  return toName(reply instanceof Uint8Array ? reply : Buffer.from(reply as string));
}

function namesReply(channels: readonly string[]): Uint8Array {
  return encode.array(channels.map((channel) => encode.bulk(toBytes(channel))));
}

/** pubsub.c: CHANNELS takes one pattern at most. */
function wrongChannels({ request }: Client): Uint8Array {
  const [given] = names(request, 1);
  return encode.errorReply(
    `ERR unknown subcommand or wrong number of arguments for '${given!}'. Try PUBSUB HELP.`,
  );
}
