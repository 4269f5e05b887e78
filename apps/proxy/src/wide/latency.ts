/** The latency events and histograms of all servers as one. */
import type { Command } from '@keyfleet/commands';
import { decodeReply, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { Handlers } from '../route/router.ts';
import { answerLater } from './answer-later.ts';
import { broadcast, joined, wholeRequest, type Join } from './broadcast.ts';
import { fieldsOf, textOf } from './fields.ts';
import type { ShardAnswer, ShardCalls } from './shard-calls.ts';
import { joinTexts } from './texts.ts';

/** latency.h LATENCY_TS_LEN: as many samples a server keeps of an event. */
const SAMPLES_MAX = 160;
const NO_SAMPLES = Buffer.from('-ERR No samples available');

export function latencyHandlers(calls: ShardCalls): Handlers {
  const decoded =
    (join: (replies: Reply[]) => Reply): Join =>
    (answers, client) =>
      encodeReply(join(answers.map(({ reply }) => decodeReply(reply))), client.respVersion);
  return [
    ['latency|latest', broadcast(calls, decoded(latestEvents))],
    ['latency|history', broadcast(calls, decoded(eventHistory))],
    ['latency|histogram', broadcast(calls, decoded(histograms))],
    ['latency|graph', (client, command) => graph(calls, client, command)],
    ['latency|reset', broadcast(calls)],
  ];
}

/** Of the shards where the event happened; none is told by all. */
function graph(calls: ShardCalls, client: Client, command: Command): void {
  const request = wholeRequest(client);
  answerLater(client, calls.routing, async () => {
    const answers = await calls.all({ client, request, isWrite: false });
    const isNone = ({ reply }: ShardAnswer): boolean =>
      NO_SAMPLES.equals(reply.subarray(0, NO_SAMPLES.length));
    const telling = answers.every(isNone) ? answers : answers.filter((it) => !isNone(it));
    return joined(command, telling, () => joinTexts(telling, client));
  });
}

/** [event, time of the latest, the latest, the worst (, sum, count)]. */
export function latestEvents(replies: readonly Reply[]): Reply {
  const merged = new Map<string, Reply[]>();
  for (const event of replies.flatMap((reply) => reply as Reply[][])) {
    const name = textOf(event[0]!);
    const other = merged.get(name);
    merged.set(name, other === undefined ? event : latestOf(other, event));
  }
  return [...merged.values()];
}

function latestOf(a: readonly Reply[], b: readonly Reply[]): Reply[] {
  const [latest, other] = Number(a[1]) >= Number(b[1]) ? [a, b] : [b, a];
  const [name, time, last, worst, ...sums] = latest;
  const added = sums.map((sum, i) => Number(sum) + Number(other[4 + i]));
  return [name!, time!, last!, Math.max(Number(worst), Number(other[3])), ...added];
}

/** [time, latency], oldest first. */
export function eventHistory(replies: readonly Reply[]): Reply {
  const samples = replies.flatMap((reply) => reply as Reply[][]);
  return samples.sort((a, b) => Number(a[0]) - Number(b[0])).slice(-SAMPLES_MAX);
}

type Histogram = { calls: number; readonly counts: Map<number, number> };

/** By command: calls, and for each bucket how many took as long or less. */
export function histograms(replies: readonly Reply[]): Reply {
  const merged = new Map<string, Histogram>();
  for (const [name, reply] of replies.flatMap((all) => [...fieldsOf(all)])) {
    const into = merged.get(name) ?? { calls: 0, counts: new Map<number, number>() };
    merged.set(name, into);
    addHistogram(into, reply);
  }
  const shown = [...merged].map(([name, histogram]): [Reply, Reply] => [name, told(histogram)]);
  return new Map(shown);
}

/** Counts up to a bucket, as told, become counts of the bucket: only these add up. */
function addHistogram(into: Histogram, reply: Reply): void {
  const fields = fieldsOf(reply);
  into.calls += Number(fields.get('calls'));
  let before = 0;
  for (const [bucket, upTo] of fieldsOf(fields.get('histogram_usec') ?? [])) {
    const count = Number(upTo) - before;
    before = Number(upTo);
    into.counts.set(Number(bucket), (into.counts.get(Number(bucket)) ?? 0) + count);
  }
}

function told({ calls, counts }: Histogram): Reply {
  let upTo = 0;
  const buckets = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bucket, count]): [Reply, Reply] => [bucket, (upTo += count)]);
  return new Map<Reply, Reply>([
    ['calls', calls],
    ['histogram_usec', new Map(buckets)],
  ]);
}
