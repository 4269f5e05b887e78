/**
 * Commands over keys of several shards: one upstream command per shard, with the keys' own bytes, and one reply made
 * of theirs. A request whose keys all live in one shard is forwarded untouched.
 *
 * A part that fails fails the whole request, with an error that names the shard: never a nil that looks like a
 * missing key. The parts of a write are independent, as they are in Redis Cluster clients: some may be done.
 */
import type { Command } from '@keyfleet/commands';
import type { RequestFramer } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { SEVERAL_SLOTS } from '../upstream/reply-sink.ts';
import { Gather, gatherKind } from './gather.ts';
import { wrongArity } from './refusals.ts';
import type { Router } from './router.ts';
import { slotOfKey } from './router.ts';

export type SplitInput = {
  client: Client;
  command: Command;
  keys: readonly number[];
  count: number;
  router: Router;
};

type Part = { connection: UpstreamConnection; slot: number; keys: number[] };

export function splitRequest(input: SplitInput): void {
  const { client, command, router, keys, count } = input;
  // A key and what belongs to it: MSET has a value behind each key.
  const step = command.keyStep;
  if ((client.request.count - 1) % step !== 0) return client.answer(wrongArity(command));
  const parts = admitParts(input);
  if (parts === null) return;
  const isWrite = !command.isReadonly;
  const { request } = client;
  if (parts.length === 1) {
    const { connection, slot } = parts[0]!;
    const whole = { slot, isWrite, bytes: request.bytes, start: request.start, end: request.end };
    return router.send(connection, { sink: client, token: client.reserve() }, whole);
  }
  const gather = new Gather({
    client,
    token: client.reserve(),
    kind: gatherKind(command),
    isWrite,
    name: command.name.toUpperCase(),
    shards: parts.map(({ connection }) => connection.identity.node),
    partOfKey: partOfKey(parts, keys, count),
  });
  parts.forEach(({ connection, slot, keys: own }, token) => {
    const bytes = partBytes(request, own, step);
    router.send(
      connection,
      { sink: gather, token },
      { slot, isWrite, bytes, start: 0, end: bytes.length },
    );
  });
}

/** Every shard that is concerned takes a command now, or nothing is sent at all. */
function admitParts({ client, command, keys, count, router }: SplitInput): Part[] | null {
  const parts = new Map<UpstreamConnection, Part>();
  for (let i = 0; i < count; i++) {
    const argument = keys[i]!;
    const slot = slotOfKey(client.request, argument);
    const connection = router.admit(client, slot, !command.isReadonly);
    if (connection === null) return null;
    const part = parts.get(connection);
    if (part === undefined) parts.set(connection, { connection, slot, keys: [argument] });
    else {
      part.keys.push(argument);
      if (part.slot !== slot) part.slot = SEVERAL_SLOTS;
    }
  }
  return [...parts.values()];
}

function partOfKey(parts: readonly Part[], keys: readonly number[], count: number): Uint16Array {
  const partOf = new Uint16Array(count);
  const position = new Map<number, number>();
  for (let i = 0; i < count; i++) position.set(keys[i]!, i);
  parts.forEach((part, index) => {
    for (const argument of part.keys) partOf[position.get(argument)!] = index;
  });
  return partOf;
}

/** A request of the same name over `keys`, each with the `step - 1` arguments behind it, in their own encoding. */
function partBytes(request: RequestFramer, keys: readonly number[], step: number): Uint8Array {
  const { bytes, offsets } = request;
  const head = Buffer.from(`*${1 + keys.length * step}\r\n`);
  const runs = [[headerStart(request, 0), offsets[1]! + 2] as const];
  for (const key of keys)
    runs.push([headerStart(request, key), offsets[2 * (key + step - 1) + 1]! + 2]);

  const length = runs.reduce((sum, [start, end]) => sum + end - start, head.length);
  const part = Buffer.allocUnsafe(length);
  let at = head.copy(part);
  for (const [start, end] of runs) {
    part.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return part;
}

/** Where `$length\r\n` of an argument begins: behind the argument before it, or behind `*count\r\n`. */
function headerStart({ bytes, offsets, start }: RequestFramer, argument: number): number {
  if (argument > 0) return offsets[2 * argument - 1]! + 2;
  return bytes.indexOf(0x0a, start) + 1;
}
