import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Operation, Store, WatchBatch } from '@keyfleet/store';

export type StoreHarness = AsyncDisposable & {
  readonly store: Store;
  /** Another client of the same data; where only one may open it, the same (or a new one after `close`). */
  another(): Promise<Store>;
  /** Makes the past up to now unavailable to watches. */
  compact(): Promise<void>;
  /** The owner of `store` dies without a word; what comes back sees its data. */
  crash(): Promise<Store>;
};

export type MakeStore = () => Promise<StoreHarness>;

/** A place of its own for each test: the data may be shared with others. */
export const freshPrefix = (): string => `/keyfleet/test/${randomUUID()}/`;

export const never = new AbortController().signal;

export async function put(store: Store, key: string, value: string): Promise<number> {
  return write(store, [{ put: key, value }]);
}

export async function write(store: Store, operations: readonly Operation[]): Promise<number> {
  const { succeeded, revision } = await store.transact([], operations);
  expect(succeeded).toBe(true);
  return revision;
}

/** Batches up to and including the one that fulfils `isLast`. */
export async function watchUntil(
  batches: AsyncIterable<WatchBatch>,
  isLast: (batch: WatchBatch) => boolean,
): Promise<WatchBatch[]> {
  const seen: WatchBatch[] = [];
  for await (const batch of batches) {
    seen.push(batch);
    if (isLast(batch)) return seen;
  }
  throw new Error(`Cannot watch until the wanted batch: the watch ended after ${seen.length}`);
}

export const keysOf = ({ changes }: WatchBatch): string[] =>
  changes.map((change) => (change.type === 'put' ? change.entry.key : change.key));

/** mulberry32: numbers in [0, 1) that are the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
