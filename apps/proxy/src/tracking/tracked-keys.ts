/**
 * Which clients read which keys, of one class of connections: whom to tell of a change. All tables share a budget; who
 * exceeds it loses the oldest keys of the largest, whose readers are told that they changed.
 */
import type { ReadKey } from './reads.ts';
import type { Tracker } from './tracker.ts';

/** About what a key and a reader of it cost: map, set and string. */
const KEY_BYTES = 200;
const READER_BYTES = 50;

/** With the place, among all replies that the client waits for, of the last one that had the key. */
export type Readers = ReadonlyMap<Tracker, number>;
type Entry = { readonly slot: number; readonly readers: Map<Tracker, number> };
export type Taken = Map<Tracker, string[]>;

export class TrackedKeys {
  bytes = 0;
  /** Of all keys, each reader of each. */
  readerCount = 0;
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  add({ key, slot }: ReadKey, reader: Tracker, place: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { slot, readers: new Map([[reader, place]]) });
      this.bytes += KEY_BYTES + key.length + READER_BYTES;
      this.readerCount++;
    } else {
      if (!entry.readers.has(reader)) {
        this.bytes += READER_BYTES;
        this.readerCount++;
      }
      entry.readers.set(reader, place);
    }
  }

  /** Who read it, and is not known any more to have done so. */
  take(key: string): Readers {
    const entry = this.#entries.get(key);
    if (entry === undefined) return NOBODY;
    this.#entries.delete(key);
    this.bytes -= KEY_BYTES + key.length + READER_BYTES * entry.readers.size;
    this.readerCount -= entry.readers.size;
    return entry.readers;
  }

  /** The same for all keys of some slots. */
  takeSlots(isMeant: (slot: number) => boolean): Taken {
    const taken: Taken = new Map();
    for (const [key, { slot }] of this.#entries) if (isMeant(slot)) this.#takeInto(taken, key);
    return taken;
  }

  /** The same for the keys that are known for longest, until `bytes` are freed. */
  takeOldest(bytes: number): Taken {
    const taken: Taken = new Map();
    const until = this.bytes - bytes;
    for (const key of this.#entries.keys()) {
      if (this.bytes <= until) break;
      this.#takeInto(taken, key);
    }
    return taken;
  }

  clear(): void {
    this.#entries.clear();
    this.bytes = this.readerCount = 0;
  }

  #takeInto(taken: Taken, key: string): void {
    for (const reader of this.take(key).keys()) {
      const keys = taken.get(reader);
      if (keys === undefined) taken.set(reader, [key]);
      else keys.push(key);
    }
  }
}

const NOBODY: Readers = new Map();
