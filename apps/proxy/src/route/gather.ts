/**
 * Waits for the parts of a split request and makes one reply of theirs. One that is done serves the next request: a
 * gather costs no allocation, but what it keeps of the parts' values.
 */
import { NOTHING_DONE } from './replies.ts';
import type { Command } from '@keyfleet/commands';
import { encode, firstElement, skipReply, writeLength } from '@keyfleet/resp';
import { invariant } from '@keyfleet/runtime';
import { copyBytes } from '../transport/blocks.ts';
import { NO_SINK, type ReplySink } from '../upstream/reply-sink.ts';

/** Redis' response policies, for the commands that are split: an array by key, +OK if all say so, a sum. */
export type GatherKind = 'byKey' | 'allSucceeded' | 'sum';

export function gatherKind(command: Command): GatherKind {
  if (command.responsePolicy === 'agg_sum') return 'sum';
  return command.responsePolicy === 'all_succeeded' ? 'allSucceeded' : 'byKey';
}

/** `gatheredBytes`: what is kept of its replies while other parts of them are missing. */
type GatherClient = ReplySink & { gatheredBytes: number };

export type GatherOrder = {
  /** Who gets the reply, at which place. */
  client: GatherClient;
  token: number;
  kind: GatherKind;
  isWrite: boolean;
  name: string;
  /** What the parts are of: for errors. */
  unit: 'shards' | 'slots';
};

const MINUS = 0x2d;
const STAR = 0x2a;
const ZERO = 0x30;
/** `*`, the digits of a count, CRLF. */
const HEAD_BYTES_MAX = 16;
const KEPT_BYTES_MIN = 2048;
/** Larger memory is given back when the reply is made. */
const IDLE_BYTES_MAX = 256 * 1024;
/** What all that are idle keep together: they are as many as requests were pending at once, and mostly small. */
const ALL_IDLE_BYTES_MAX = 16 * 1024 * 1024;
const IDLE_GATHERS_MAX = 4096;
/** Of an array. */
const ELEMENT_BYTES = 8;
/** Different failures that an error names. */
const TOLD_MAX = 8;
const OK = encode.simpleString('OK');

const NO_MEMORY = Buffer.alloc(0);
const NO_KEYS = new Uint16Array();
const NOBODY: GatherClient = { ...NO_SINK, gatheredBytes: 0 };

/** One reply is joined at a time, and gone when the call returns. */
const usualRoom = Buffer.allocUnsafeSlow(IDLE_BYTES_MAX);

type Failure = { readonly part: number; readonly text: string };

export class Gather implements ReplySink {
  static readonly #idle: Gather[] = [];
  static #allIdleBytes = 0;

  owner: object = NO_SINK.owner;
  #order: GatherOrder = {
    client: NOBODY,
    token: 0,
    kind: 'sum',
    isWrite: false,
    name: '',
    unit: 'shards',
  };
  /** Names the parts in errors. */
  readonly #nodes: string[] = [];
  /** How many keys each part has. */
  readonly #keyCounts: number[] = [];
  #partCount = 0;
  /** By the position of a key in the request: which part has it. */
  #partOfKey = NO_KEYS;
  #keyCount = 0;
  #missing = 0;
  #sum = 0;
  readonly #failures: Failure[] = [];
  /** The elements of the parts that came so far, one part behind another. */
  #kept = NO_MEMORY;
  #keptUsed = 0;
  /** By part: where its next element begins, in what is kept or, for the last part, in its reply. */
  readonly #elements: number[] = [];
  /** While it is idle: of what all keep. */
  #idleBytes = 0;

  static take(order: GatherOrder): Gather {
    const gather = Gather.#idle.pop() ?? new Gather();
    Gather.#allIdleBytes -= gather.#idleBytes;
    gather.#idleBytes = 0;
    gather.owner = order.client.owner;
    const own = gather.#order;
    own.client = order.client;
    own.token = order.token;
    own.kind = order.kind;
    own.isWrite = order.isWrite;
    own.name = order.name;
    own.unit = order.unit;
    gather.#partCount = gather.#missing = gather.#keyCount = gather.#sum = gather.#keptUsed = 0;
    gather.#failures.length = 0;
    return gather;
  }

  /** Before the first reply: a part more. */
  addPart(node: string, keyCount: number): void {
    this.#nodes[this.#partCount] = node;
    this.#keyCounts[this.#partCount] = keyCount;
    this.#partCount++;
    this.#missing++;
  }

  /** For a reply by key: `partOfKey[0, count)`, which is copied. */
  noteKeys(partOfKey: Uint16Array, count: number): void {
    if (this.#partOfKey.length < count) this.#partOfKey = new Uint16Array(2 * count);
    for (let i = 0; i < count; i++) this.#partOfKey[i] = partOfKey[i]!;
    this.#keyCount = count;
  }

  onReply(part: number, bytes: Uint8Array, start: number, end: number): void {
    this.#missing--;
    if (bytes[start] === MINUS) this.#noteFailure(part, lineText(bytes, start, end));
    else if (this.#order.kind === 'sum') this.#sum += integerOf(bytes, start);
    else if (this.#order.kind === 'byKey') return this.#takeElements(part, bytes, start, end);
    if (this.#missing === 0) this.#finish();
  }

  placeOf(): number {
    return this.#order.token;
  }

  /** The elements of all parts are mixed. */
  takesParts(): boolean {
    return false;
  }

  onPart(): void {
    invariant(false, 'a gather takes no parts of replies');
  }

  onPartsEnd(): void {
    invariant(false, 'a gather takes no parts of replies');
  }

  onFailure(part: number, error: Uint8Array): void {
    this.onReply(part, error, 0, error.length);
  }

  /** Those of the part that comes last are joined from where they are, the others are kept. */
  #takeElements(part: number, bytes: Uint8Array, start: number, end: number): void {
    const first = firstElement(bytes, start, this.#keyCounts[part]!);
    if (first === -1) this.#noteFailure(part, 'ERR it answered otherwise than it was asked');
    if (this.#missing > 0) return this.#keep(part, bytes, first, end);
    if (this.#failures.length > 0) return this.#finish();
    this.#elements[part] = first;
    const room = HEAD_BYTES_MAX + this.#keptUsed + end - first;
    const joined = room <= usualRoom.length ? usualRoom : Buffer.allocUnsafeSlow(room);
    this.#pass(joined, this.#join(part, bytes, joined));
  }

  #keep(part: number, bytes: Uint8Array, first: number, end: number): void {
    if (first === -1) return;
    const used = this.#keptUsed;
    if (used + end - first > this.#kept.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.max(KEPT_BYTES_MIN, 2 * this.#kept.length, used + end - first),
      );
      copyBytes(this.#kept, 0, used, grown, 0);
      this.#kept = grown;
    }
    copyBytes(bytes, first, end, this.#kept, used);
    this.#elements[part] = used;
    this.#keptUsed = used + end - first;
    this.#order.client.gatheredBytes += end - first;
  }

  /** Elements in the order of the keys: each part has its own in that order. Returns the reply's length. */
  #join(last: number, bytes: Uint8Array, into: Buffer): number {
    const partOfKey = this.#partOfKey;
    const elements = this.#elements;
    let at = writeLength(into, 0, STAR, this.#keyCount);
    for (let key = 0; key < this.#keyCount;) {
      const part = partOfKey[key]!;
      const from = part === last ? bytes : this.#kept;
      const start = elements[part]!;
      let end = start;
      // Keys beside each other are often of one part.
      do end = skipReply(from, end, from.length);
      while (++key < this.#keyCount && partOfKey[key] === part);
      copyBytes(from, start, end, into, at);
      elements[part] = end;
      at += end - start;
    }
    return at;
  }

  #noteFailure(part: number, text: string): void {
    this.#failures.push({ part, text });
  }

  #finish(): void {
    const reply = this.#errorReply() ?? this.#plainReply();
    this.#pass(reply, reply.length);
  }

  #plainReply(): Uint8Array {
    return this.#order.kind === 'sum' ? encode.integer(this.#sum) : OK;
  }

  #pass(reply: Uint8Array, length: number): void {
    const { client, token } = this.#order;
    client.gatheredBytes -= this.#keptUsed;
    this.#order.client = NOBODY;
    this.owner = NOBODY.owner;
    this.#rest();
    client.onReply(token, reply, 0, length);
  }

  /** It will serve another request, with the memory that it has if there is room for that. */
  #rest(): void {
    if (Gather.#idle.length === IDLE_GATHERS_MAX) return;
    const bytes = this.#ownBytes();
    if (bytes > IDLE_BYTES_MAX || Gather.#allIdleBytes + bytes > ALL_IDLE_BYTES_MAX) {
      this.#kept = NO_MEMORY;
      this.#partOfKey = NO_KEYS;
      this.#nodes.length = this.#keyCounts.length = this.#elements.length = 0;
    } else Gather.#allIdleBytes += this.#idleBytes = bytes;
    Gather.#idle.push(this);
  }

  #ownBytes(): number {
    const arrays = this.#nodes.length + this.#keyCounts.length + this.#elements.length;
    return this.#kept.length + this.#partOfKey.byteLength + arrays * ELEMENT_BYTES;
  }

  /** A write of which something may be done must not be answered with a code that says nothing was. */
  #isPartlyDone(codes: readonly string[]): boolean {
    if (!this.#order.isWrite || !NOTHING_DONE.has(codes[0]!)) return false;
    return codes.length < this.#partCount || codes.some((code) => !NOTHING_DONE.has(code));
  }

  /** The code of the first that failed, so that clients can act on it, and what failed where. */
  #errorReply(): Uint8Array | null {
    if (this.#failures.length === 0) return null;
    const failures = this.#failures.toSorted((a, b) => a.part - b.part);
    const codes = failures.map(({ text }) => text.split(' ', 1)[0]!);
    const code = this.#isPartlyDone(codes) ? 'UNCERTAIN' : codes[0]!;
    const { name, unit } = this.#order;
    // Many slots of one node mostly fail for one reason.
    const told = [...new Set(failures.map(({ part, text }) => `${this.#nodes[part]!}: ${text}`))];
    const shown = [...told.slice(0, TOLD_MAX), ...(told.length > TOLD_MAX ? ['...'] : [])].join(
      '; ',
    );
    const counted = `${failures.length} of ${this.#partCount} ${unit}`;
    return encode.errorReply(`${code} ${name} failed on ${counted} (${shown})`);
  }
}

/** The text of a line without its type and its end. */
function lineText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start + 1, end - 2)).toString();
}

/** The number of `:n`, which servers count keys with: it is not negative. */
function integerOf(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let at = start + 1; bytes[at]! >= ZERO; at++) value = value * 10 + (bytes[at]! - ZERO);
  return value;
}
