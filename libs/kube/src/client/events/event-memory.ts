/**
 * Which Events there are already. The same again raises the count of the one that is there; an object that has too much
 * to say is cut short. The figures are client-go's. Times
 * are of the wall clock, as they are shown.
 */
import { BoundedMap } from './bounded-map.ts';

const SAME_MS_MAX = 10 * 60_000;
const BURST = 25;
const REFILL_MS = 5 * 60_000;
const OBJECTS_MAX = 1_024;
const EVENTS_MAX = 4_096;

export type EventFacts = {
  readonly type: 'Normal' | 'Warning';
  /** One word, as `ScalingOut`: machines match it. */
  readonly reason: string;
  readonly message: string;
};

export type KnownEvent = {
  readonly name: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
};

type Bucket = { readonly tokens: number; readonly atMs: number };

export class EventMemory {
  readonly #events = new BoundedMap<KnownEvent>(EVENTS_MAX);
  readonly #buckets = new BoundedMap<Bucket>(OBJECTS_MAX);

  /** False: this object has said enough for now. */
  admit(uid: string, nowMs: number): boolean {
    const { tokens, atMs } = this.#buckets.get(uid) ?? { tokens: BURST, atMs: nowMs };
    const filled = Math.min(BURST, tokens + Math.max(0, nowMs - atMs) / REFILL_MS);
    const isAdmitted = filled >= 1;
    this.#buckets.set(uid, { tokens: isAdmitted ? filled - 1 : filled, atMs: nowMs });
    return isAdmitted;
  }

  /** The Event that says the same, if it is recent. */
  find(uid: string, facts: EventFacts, nowMs: number): KnownEvent | undefined {
    const known = this.#events.get(keyOf(uid, facts));
    return known && nowMs - known.lastMs <= SAME_MS_MAX ? known : undefined;
  }

  remember(uid: string, facts: EventFacts, event: KnownEvent): void {
    this.#events.set(keyOf(uid, facts), event);
  }
}

function keyOf(uid: string, { type, reason, message }: EventFacts): string {
  return [uid, type, reason, message].join('\n');
}
