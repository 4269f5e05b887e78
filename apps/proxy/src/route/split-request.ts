/**
 * Commands over keys of several shards: one upstream command per shard, with the keys' own bytes, and one reply made
 * of theirs. A request whose keys all live in one shard is forwarded untouched. Where servers take keys of one slot only
 * (a Redis Cluster's nodes) it is one command per slot, each of which is redirected by itself.
 *
 * A part that fails fails the whole request, with an error that names the shard: never a nil that looks like a
 * missing key. The parts of a write are independent, as they are in Redis Cluster clients: some may be done.
 */
import type { Command } from '@keyfleet/commands';
import { lengthBytes, writeLength, type RequestFramer } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { copyBytes } from '../transport/blocks.ts';
import { SLOT_COUNT } from '@keyfleet/slots';
import { NO_REQUEST, SEVERAL_SLOTS, type Outgoing } from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { UpstreamTraits } from '../upstream/upstream-kind.ts';
import { Gather, gatherKind } from './gather.ts';
import { wrongArity } from './refusals.ts';
import { slotOfKey, type Router } from './router.ts';

const STAR = 0x2a;
const LF = 0x0a;
const CRLF_BYTES = 2;
const NONE = -1;
const NOWHERE = new Uint8Array();

/** Made once and filled anew for each request. */
type Part = {
  connection: UpstreamConnection;
  slot: number;
  keyCount: number;
  /** Bytes of its keys, and of what belongs to them, with their length lines. */
  keyBytes: number;
  into: Uint8Array;
  at: number;
};

export type SplitInput = {
  client: Client;
  command: Command;
  keys: readonly number[];
  count: number;
};

export class RequestSplitter {
  readonly #router: Router;
  readonly #parts: Part[] = [];
  /** Filled anew for each part. */
  readonly #outgoing: Outgoing = { ...NO_REQUEST };
  #partCount = 0;
  /** By the position of a key in the request. */
  #partOfKey = new Uint16Array(64);
  /** Marks connections, or slots, that have a part in the request at hand. */
  #round = 0;
  readonly #isBySlot: boolean;
  /** Then any slot stands for all. */
  readonly #isOneServer: boolean;
  /** By slot: which part it is, in the round of the same index. */
  readonly #partOfSlot: Uint16Array;
  readonly #roundOfSlot: Uint32Array;

  constructor(
    router: Router,
    { splitsBySlot: isBySlot, isOneServer }: Pick<UpstreamTraits, 'splitsBySlot' | 'isOneServer'>,
  ) {
    this.#router = router;
    this.#isBySlot = isBySlot;
    this.#isOneServer = isOneServer;
    this.#partOfSlot = new Uint16Array(isBySlot ? SLOT_COUNT : 0);
    this.#roundOfSlot = new Uint32Array(isBySlot ? SLOT_COUNT : 0);
  }

  split({ client, command, keys, count }: SplitInput): void {
    const { request } = client;
    // A key and what belongs to it: MSET has a value behind each key.
    const step = command.keyStep;
    if ((request.count - 1) % step !== 0) return client.answer(wrongArity(command));
    if (!this.#admitParts({ client, command, keys, count })) return;
    if (this.#partCount > 1) return this.#sendParts({ client, command, keys, count });
    const { connection, slot } = this.#parts[0]!;
    this.#router.send(client, connection, slot, !command.isReadonly);
  }

  /** Every shard that is concerned takes a command now, or nothing is sent at all. */
  #admitParts({ client, command, keys, count }: SplitInput): boolean {
    const { request } = client;
    if (this.#partOfKey.length < count) this.#partOfKey = new Uint16Array(2 * count);
    // In 32 bits; 0 is no round.
    this.#round = (this.#round + 1) >>> 0 || 1;
    this.#partCount = 0;
    for (let i = 0; i < count; i++) {
      const argument = keys[i]!;
      const slot = slotOfKey(request, argument);
      const index = this.#admit(client, slot, !command.isReadonly);
      if (index === NONE) return false;
      const part = this.#parts[index]!;
      part.keyCount++;
      part.keyBytes +=
        endOf(request, argument + command.keyStep - 1) - endOf(request, argument - 1);
      this.#partOfKey[i] = index;
    }
    return true;
  }

  /** The part of a key of this slot, or NONE: then the client was answered or parked. */
  #admit(client: Client, slot: number, isWrite: boolean): number {
    if (this.#isBySlot && this.#roundOfSlot[slot] === this.#round) return this.#partOfSlot[slot]!;
    const connection = this.#router.admit(client, slot, isWrite);
    if (connection === null) return NONE;
    if (!this.#isBySlot) return this.#partOf(connection, slot);
    this.#roundOfSlot[slot] = this.#round;
    return (this.#partOfSlot[slot] = this.#addPart(connection, slot));
  }

  #partOf(connection: UpstreamConnection, slot: number): number {
    const { split } = connection;
    if (split.round === this.#round) {
      const part = this.#parts[split.part]!;
      if (part.slot !== slot && !this.#isOneServer) part.slot = SEVERAL_SLOTS;
      return split.part;
    }
    split.round = this.#round;
    return (split.part = this.#addPart(connection, slot));
  }

  #addPart(connection: UpstreamConnection, slot: number): number {
    const index = this.#partCount++;
    const part = this.#parts[index];
    if (part === undefined) {
      this.#parts.push({ connection, slot, keyCount: 0, keyBytes: 0, into: NOWHERE, at: 0 });
    } else {
      part.connection = connection;
      part.slot = slot;
      part.keyCount = part.keyBytes = 0;
    }
    return index;
  }

  #sendParts({ client, command, keys, count }: SplitInput): void {
    const { request } = client;
    const isWrite = !command.isReadonly;
    const kind = gatherKind(command);
    const name = command.name.toUpperCase();
    const unit = this.#isBySlot ? 'slots' : 'shards';
    const gather = Gather.take({ client, token: client.reserve(), kind, isWrite, name, unit });
    if (kind === 'byKey') gather.noteKeys(this.#partOfKey, count);
    const nameEnd = endOf(request, 0);
    const nameStart = request.bytes.indexOf(LF, request.start) + 1;
    for (let index = 0; index < this.#partCount; index++) {
      const part = this.#parts[index]!;
      const { connection, keyCount, keyBytes, slot } = part;
      gather.addPart(connection.identity.node, keyCount);
      const argumentCount = 1 + keyCount * command.keyStep;
      const outgoing = this.#outgoing;
      outgoing.sink = gather;
      outgoing.token = index;
      outgoing.slot = slot;
      outgoing.isWrite = isWrite;
      outgoing.sinceUs = this.#router.sinceUs(client);
      outgoing.end = lengthBytes(argumentCount) + nameEnd - nameStart + keyBytes;
      const segment = connection.reserve(outgoing);
      part.into = segment.bytes;
      part.at = writeLength(part.into, segment.used - outgoing.end, STAR, argumentCount);
      part.at = this.#copy(request, nameStart, nameEnd, part);
    }
    this.#copyKeys(request, keys, count, command.keyStep);
  }

  /** Each key, with what belongs to it, to its part; neighbours of one part in one go. */
  #copyKeys(request: RequestFramer, keys: readonly number[], count: number, step: number): void {
    const partOfKey = this.#partOfKey;
    for (let i = 0; i < count;) {
      const index = partOfKey[i]!;
      const start = endOf(request, keys[i]! - 1);
      while (++i < count && partOfKey[i] === index);
      const part = this.#parts[index]!;
      part.at = this.#copy(request, start, endOf(request, keys[i - 1]! + step - 1), part);
    }
  }

  #copy({ bytes }: RequestFramer, start: number, end: number, { into, at }: Part): number {
    copyBytes(bytes, start, end, into, at);
    return at + end - start;
  }
}

/** Where an argument and its CRLF end, and so the length line of the next one begins. */
function endOf({ offsets }: RequestFramer, argument: number): number {
  return offsets[2 * argument + 1]! + CRLF_BYTES;
}
