/** Waits for the parts of a split request and makes one reply of theirs. */
import type { Command } from '@keyfleet/commands';
import { encode, splitArray } from '@keyfleet/resp';
import type { ReplySink } from '../upstream/reply-sink.ts';

/** Redis' response policies, for the commands that are split: an array by key, +OK if all say so, a sum. */
export type GatherKind = 'byKey' | 'allSucceeded' | 'sum';

export function gatherKind(command: Command): GatherKind {
  if (command.responsePolicy === 'agg_sum') return 'sum';
  return command.responsePolicy === 'all_succeeded' ? 'allSucceeded' : 'byKey';
}

export type GatherOptions = {
  /** Who gets the reply, at which place. */
  client: ReplySink;
  token: number;
  kind: GatherKind;
  isWrite: boolean;
  name: string;
  /** Names the parts in errors. */
  shards: readonly string[];
  /** By the position of a key in the request: which part has it. */
  partOfKey: Uint16Array;
};

const MINUS = 0x2d;
/** Codes of errors that say that nothing was sent. */
const NOTHING_DONE: ReadonlySet<string> = new Set(['CLUSTERDOWN', 'TRYAGAIN']);

export class Gather implements ReplySink {
  readonly owner: object;
  readonly #options: GatherOptions;
  readonly #replies: Uint8Array[];
  #missing: number;

  constructor(options: GatherOptions) {
    this.#options = options;
    this.owner = options.client.owner;
    this.#missing = options.shards.length;
    this.#replies = new Array<Uint8Array>(options.shards.length);
  }

  onReply(part: number, bytes: Uint8Array, start: number, end: number): void {
    this.#replies[part] = Uint8Array.prototype.slice.call(bytes, start, end);
    if (--this.#missing > 0) return;
    const reply = this.#errorReply() ?? this.#join();
    this.#options.client.onReply(this.#options.token, reply, 0, reply.length);
  }

  onFailure(part: number, error: Uint8Array): void {
    this.onReply(part, error, 0, error.length);
  }

  #join(): Uint8Array {
    switch (this.#options.kind) {
      case 'sum':
        return encode.integer(
          this.#replies.reduce((sum, reply) => sum + Number(lineText(reply).slice(1)), 0),
        );
      case 'allSucceeded':
        return this.#replies[0]!;
      case 'byKey':
        return joinByKey(this.#replies, this.#options.partOfKey);
    }
  }

  /** A write of which something may be done must not be answered with a code that says nothing was. */
  #isPartlyDone(codes: readonly string[]): boolean {
    if (!this.#options.isWrite || !NOTHING_DONE.has(codes[0]!)) return false;
    return codes.length < this.#replies.length || codes.some((code) => !NOTHING_DONE.has(code));
  }

  /** The first error's code, so that clients can act on it, and what failed where. */
  #errorReply(): Uint8Array | null {
    const failed = this.#replies.flatMap((reply, part) => (reply[0] === MINUS ? [part] : []));
    if (failed.length === 0) return null;
    const texts = failed.map((part) => lineText(this.#replies[part]!).slice(1));
    const codes = texts.map((text) => text.split(' ', 1)[0]!);
    const code = this.#isPartlyDone(codes) ? 'UNCERTAIN' : codes[0]!;
    const told = failed.map((part, i) => `${this.#options.shards[part]!}: ${texts[i]!}`).join('; ');
    const counted = `${failed.length} of ${this.#replies.length} shards`;
    return encode.errorReply(`${code} ${this.#options.name} failed on ${counted} (${told})`);
  }
}

function lineText(reply: Uint8Array): string {
  return Buffer.from(reply.subarray(0, reply.length - 2)).toString();
}

/** Elements in the order of the keys: each part has its own in that order. */
function joinByKey(replies: readonly Uint8Array[], partOfKey: Uint16Array): Uint8Array {
  const ranges = replies.map((reply) => {
    const into: number[] = [];
    splitArray(reply, 0, reply.length, into);
    return into;
  });
  const next = new Uint32Array(replies.length);
  const head = Buffer.from(`*${partOfKey.length}\r\n`);
  const joined = Buffer.allocUnsafe(
    replies.reduce((sum, reply) => sum + reply.length, head.length),
  );
  let at = head.copy(joined);
  for (const part of partOfKey) {
    const element = 2 * next[part]!++;
    const start = ranges[part]![element]!;
    const end = ranges[part]![element + 1]!;
    joined.set(replies[part]!.subarray(start, end), at);
    at += end - start;
  }
  return joined.subarray(0, at);
}
