/**
 * A client that knows what every one of its replies must be: its keys are its own, each value that it writes is
 * unique, and it keeps what it wrote. A reply that is lost, doubled, another's, or late shows as a difference.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Reply } from '@keyfleet/resp';
import { expect } from 'vitest';
import type { Random } from './random.ts';
import { RawClient, type Command, type Server } from './raw-client.ts';

const KEYS = 50;
const PIPELINE_MAX = 40;
const OK = { type: 'status', text: 'OK' };

type Exchange = { readonly command: Command; readonly want: unknown };

export class Verifier implements Disposable {
  /** Replies checked. */
  checked = 0;
  readonly #client: RawClient;
  readonly #random: Random;
  readonly #keys: readonly string[];
  readonly #pipelineMax: number;
  readonly #values = new Map<string, string>();
  #written = 0;

  private constructor(
    client: RawClient,
    random: Random,
    keys: readonly string[],
    pipelineMax: number,
  ) {
    this.#client = client;
    this.#random = random;
    this.#keys = keys;
    this.#pipelineMax = pipelineMax;
  }

  /** `keyOf` makes a key of a number. */
  static async connect(
    server: Server,
    random: Random,
    keyOf: (index: number) => string,
    pipelineMax = PIPELINE_MAX,
  ): Promise<Verifier> {
    const client = await RawClient.connect(server);
    if (random.below(2) === 1) await client.call('HELLO', '3');
    const keys = Array.from({ length: KEYS }, (_, index) => keyOf(index));
    await client.call('DEL', ...keys); // of an earlier test
    return new Verifier(client, random, keys, pipelineMax);
  }

  /** Checks until it is told to stop, and then everything once more. */
  async runUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#check(this.#nextBatch());
      await turn();
    }
    await this.#check(this.#readAll());
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  async #check(exchanges: readonly Exchange[]): Promise<void> {
    const replies = await this.#client.pipeline(exchanges.map(({ command }) => command));
    replies.forEach((reply, i) => {
      const { command, want } = exchanges[i]!;
      if (!isSame(reply, want)) expect({ command, reply }).toEqual({ command, reply: want });
    });
    this.checked += replies.length;
  }

  #nextBatch(): Exchange[] {
    const count = this.#random.below(3) === 0 ? 1 + this.#random.below(this.#pipelineMax) : 1;
    return Array.from({ length: count }, () => this.#nextExchange());
  }

  #nextExchange(): Exchange {
    return this.#random.below(2) === 0 ? this.#ofOneKey() : this.#ofSeveralKeys();
  }

  #ofOneKey(): Exchange {
    const key = this.#random.pick(this.#keys);
    switch (this.#random.below(5)) {
      case 0:
      case 1:
        return this.#set(key);
      case 2:
        return { command: ['STRLEN', key], want: this.#values.get(key)?.length ?? 0 };
      default:
        return { command: ['GET', key], want: this.#get(key) };
    }
  }

  #ofSeveralKeys(): Exchange {
    const count = 2 + this.#random.below(8);
    const keys = Array.from({ length: count }, () => this.#random.pick(this.#keys));
    switch (this.#random.below(5)) {
      case 0:
        return this.#mset([...new Set(keys)]);
      case 1:
        return this.#del([...new Set(keys)]);
      case 2:
        return { command: ['EXISTS', ...keys], want: this.#count(keys) };
      default:
        return { command: ['MGET', ...keys], want: keys.map((key) => this.#get(key)) };
    }
  }

  #set(key: string): Exchange {
    const value = this.#newValue(key);
    this.#values.set(key, value);
    return { command: ['SET', key, value], want: OK };
  }

  #mset(keys: readonly string[]): Exchange {
    const pairs = keys.map((key) => [key, this.#newValue(key)] as const);
    for (const [key, value] of pairs) this.#values.set(key, value);
    return { command: ['MSET', ...pairs.flat()], want: OK };
  }

  #del(keys: readonly string[]): Exchange {
    const want = this.#count(keys);
    for (const key of keys) this.#values.delete(key);
    return { command: ['DEL', ...keys], want };
  }

  #readAll(): Exchange[] {
    return [{ command: ['MGET', ...this.#keys], want: this.#keys.map((key) => this.#get(key)) }];
  }

  #get(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  #count(keys: readonly string[]): number {
    return keys.filter((key) => this.#values.has(key)).length;
  }

  /** Mostly short, now and then longer than one read of a socket. */
  #newValue(key: string): string {
    const length =
      this.#random.below(50) === 0 ? this.#random.below(100_000) : this.#random.below(200);
    return `${key}=${this.#written++}`.padEnd(length, '.');
  }
}

/** `expect` makes a description of both even when they are equal, which is most of the time of a run. */
function isSame(reply: Reply, want: unknown): boolean {
  if (Array.isArray(want) && Array.isArray(reply))
    return want.length === reply.length && want.every((item, i) => item === reply[i]);
  if (want === OK)
    return typeof reply === 'object' && reply !== null && 'text' in reply && reply.text === 'OK';
  return reply === want;
}
