/** Who has tracking on, by client and by the class of connections that tells of changes. */
import type { Client } from '../downstream/client.ts';
import { isBroadcast, type ConnectionClass } from '../upstream/connection-class.ts';
import { TrackedKeys, type Taken } from './tracked-keys.ts';
import type { ReadKey } from './reads.ts';
import type { Tracker } from './tracker.ts';

/** What one class of connections tells of. */
export type Scope = { readonly trackers: Set<Tracker>; readonly keys: TrackedKeys };

export class Trackers {
  readonly #bytesMax: number;
  readonly #trackers = new Map<Client, Tracker>();
  readonly #scopes = new Map<ConnectionClass, Scope>();

  /** `bytesMax`: about what all tables may take. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#trackers.size;
  }

  get keyCount(): number {
    return sum(this.#scopes.values(), ({ keys }) => keys.size);
  }

  get readerCount(): number {
    return sum(this.#scopes.values(), ({ keys }) => keys.readerCount);
  }

  /** Of broadcasts, however many clients have each. */
  get prefixCount(): number {
    const prefixes = [...this.#trackers.values()].flatMap(({ options }) => options.prefixes);
    return new Set(prefixes).size;
  }

  get bytes(): number {
    return sum(this.#scopes.values(), ({ keys }) => keys.bytes);
  }

  of(client: Client): Tracker | undefined {
    return this.#trackers.get(client);
  }

  scopeOf(connectionClass: ConnectionClass): Scope | undefined {
    return this.#scopes.get(connectionClass);
  }

  scopes(): Iterable<[ConnectionClass, Scope]> {
    return this.#scopes;
  }

  add(client: Client, tracker: Tracker): void {
    this.#trackers.set(client, tracker);
  }

  /** From here on its client reads over connections of this class. */
  join(tracker: Tracker, connectionClass: ConnectionClass): void {
    if (tracker.classes.has(connectionClass)) return;
    // What it read over others is told there; broadcasts tell of everything.
    if (tracker.options.isBroadcast) this.#leaveAll(tracker);
    tracker.classes.add(connectionClass);
    const scope = this.#scopes.get(connectionClass);
    if (scope !== undefined) scope.trackers.add(tracker);
    else
      this.#scopes.set(connectionClass, {
        trackers: new Set([tracker]),
        keys: new TrackedKeys(),
      });
  }

  /** Its client is about to read them. What has to be forgotten to make room for it is returned. */
  note(tracker: Tracker, reads: readonly ReadKey[]): Taken {
    const { connectionClass, places } = tracker.client!;
    const { keys } = this.#scopes.get(connectionClass)!;
    for (const read of reads) keys.add(read, tracker, places.tail);
    const excess = this.bytes - this.#bytesMax;
    return excess <= 0 ? new Map<Tracker, string[]>() : this.#largest().takeOldest(excess);
  }

  remove(client: Client): void {
    const tracker = this.#trackers.get(client);
    if (tracker === undefined) return;
    this.#trackers.delete(client);
    tracker.client = tracker.redirect = null;
    this.#leaveAll(tracker);
  }

  /** Those whose feeds must be there although nobody reads. */
  broadcastClasses(): ConnectionClass[] {
    return [...this.#scopes.keys()].filter(isBroadcast);
  }

  #leaveAll(tracker: Tracker): void {
    for (const connectionClass of tracker.classes) {
      const scope = this.#scopes.get(connectionClass)!;
      scope.trackers.delete(tracker);
      if (scope.trackers.size === 0) this.#scopes.delete(connectionClass);
    }
    tracker.classes.clear();
  }

  #largest(): TrackedKeys {
    let [largest] = [...this.#scopes.values()].map(({ keys }) => keys);
    for (const { keys } of this.#scopes.values()) if (keys.bytes > largest!.bytes) largest = keys;
    return largest!;
  }
}

function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
