/**
 * What the proxy itself does for a request, without sockets. The baseline is the least that a proxy can do with the same
 * bytes and the same parts: frame, look up, find the slots, copy once each way. What is above it is order, grouping by
 * shard (before a Redis Cluster by slot), leases, limits and counters.
 */
import { findCommand } from '@keyfleet/commands';
import {
  encodeCommand,
  ReplyDecoder,
  ReplyFramer,
  RequestFramer,
  ErrorReply,
} from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import { microBench, type MicroCase, type Run } from '@keyfleet/testkit';
import { MemoryPath, type Recorded } from '../testing/memory-path.ts';
import { copyBytes } from '../transport/blocks.ts';

const SHARDS = 3;
const CLIENTS = 8;
const KEYS = 10;
const VALUE = 'v'.repeat(64);

type Shape = {
  readonly pipelined: number;
  readonly command: (n: number) => string[];
  /** From one key to the next in the arguments. */
  readonly keyStep: number;
};

const overShards = new MemoryPath(SHARDS, CLIENTS);
const overCluster = new MemoryPath(SHARDS, CLIENTS, 'redis-cluster');

const keyOf = (n: number): string => `user:${String(n).padStart(6, '0')}:profile`;
const tenOf = (n: number): string[] => Array.from({ length: KEYS }, (_, i) => keyOf(KEYS * n + i));

const get: Omit<Shape, 'pipelined'> = { command: (n) => ['GET', keyOf(n)], keyStep: 1 };
const set: Omit<Shape, 'pipelined'> = { command: (n) => ['SET', keyOf(n), VALUE], keyStep: 2 };
const mget: Omit<Shape, 'pipelined'> = { command: (n) => ['MGET', ...tenOf(n)], keyStep: 1 };
const mset: Omit<Shape, 'pipelined'> = {
  command: (n) => ['MSET', ...tenOf(n).flatMap((key) => [key, VALUE])],
  keyStep: 2,
};

function against(shape: Shape, path = overShards): Pick<MicroCase, 'ours' | 'baseline'> {
  const recorded = path.record(requestsOf(shape));
  checkAnswers(recorded, shape);
  const requests = CLIENTS * shape.pipelined;
  return {
    ours: () => (path.repeat(recorded) ? requests : 0),
    baseline: leastWork(recorded, shape),
  };
}

/** By client; no key comes twice. */
function requestsOf({ command, pipelined }: Shape): Buffer[] {
  return Array.from({ length: CLIENTS }, (_, client) =>
    Buffer.concat(
      Array.from({ length: pipelined }, (_, i) => encodeCommand(command(client * pipelined + i))),
    ),
  );
}

function checkAnswers({ answers }: Recorded, { pipelined }: Shape): void {
  for (const answer of answers) {
    const decoder = new ReplyDecoder();
    decoder.push(answer);
    let count = 0;
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
      if (reply instanceof ErrorReply) throw new Error(`Cannot measure: got ${reply.text}`);
      count++;
    }
    if (count !== pipelined) throw new Error(`Cannot measure: ${count} replies, want ${pipelined}`);
  }
}

function leastWork({ requests, replies }: Recorded, { keyStep }: Shape): Run {
  const requestFramer = new RequestFramer();
  const replyFramer = new ReplyFramer();
  const out = Buffer.alloc(1 << 20);
  return () => {
    let count = 0;
    let at = 0;
    let slots = 0;
    for (const bytes of requests) {
      requestFramer.push(bytes);
      while (requestFramer.next()) {
        if (findCommand(requestFramer) === undefined) return 0;
        const { offsets, start, end } = requestFramer;
        for (let i = 1; i < requestFramer.count; i += keyStep)
          slots |= keySlot(requestFramer.bytes, offsets[2 * i]!, offsets[2 * i + 1]!);
        copyBytes(requestFramer.bytes, start, end, out, at);
        at += end - start;
        count++;
      }
      requestFramer.keep();
    }
    at = 0;
    for (const bytes of replies) {
      replyFramer.push(bytes);
      while (replyFramer.next()) {
        const { start, end } = replyFramer;
        copyBytes(replyFramer.bytes, start, end, out, at);
        at += end - start;
      }
      replyFramer.keep();
    }
    return slots > 0 ? count : 0;
  };
}

for (const { data } of [overShards, overCluster])
  for (let n = 0; n < CLIENTS * KEYS * 16; n++) data.set(keyOf(n), VALUE);

microBench({
  title: 'The data path',
  about:
    `Bytes of ${CLIENTS} clients in, requests out to ${SHARDS} servers, replies in, replies out, without sockets. The ` +
    'baseline frames, looks up, finds slots and copies once each way, and nothing else.',
  unit: 'request',
  baseline: 'the least work',
  cases: [
    { name: 'GET of 64 B, one at a time', ...against({ ...get, pipelined: 1 }), ratioMax: 5 },
    { name: 'GET of 64 B, 16 at a time', ...against({ ...get, pipelined: 16 }), ratioMax: 3.5 },
    { name: 'SET of 64 B, 16 at a time', ...against({ ...set, pipelined: 16 }), ratioMax: 3.5 },
    { name: 'MGET of 10 × 64 B', ...against({ ...mget, pipelined: 1 }), ratioMax: 7 },
    { name: 'MSET of 10 × 64 B', ...against({ ...mset, pipelined: 1 }), ratioMax: 6 },
    {
      name: 'MSET of 10 × 64 B, 16 at a time',
      ...against({ ...mset, pipelined: 16 }),
      ratioMax: 6,
    },
    {
      name: 'MGET of 10 × 64 B, before a Redis Cluster',
      ...against({ ...mget, pipelined: 1 }, overCluster),
      ratioMax: 6,
    },
    {
      name: 'MSET of 10 × 64 B, before a Redis Cluster',
      ...against({ ...mset, pipelined: 1 }, overCluster),
      ratioMax: 6,
    },
  ],
});
