/**
 * Clients that wait until their shard takes commands again: held slots, a connection that is being made, a full
 * queue. Each waits with one command, unsent, at the head of its input; its later commands wait behind it.
 *
 * Bounded in count, bytes and time (design §4, "Holds"); at a bound the command is answered with an error. That lets
 * nothing through: the client's next command meets the same gate. The time is that of the command, however often the
 * client is woken and parked again.
 */

export interface Parkable {
  /** Bytes that it keeps while it waits, its command among them. */
  readonly parkedBytes: number;
  /** When the time of its command is over; null: it has not waited yet. */
  parkDeadlineMs: number | null;
  /** Try again; it may be parked anew. */
  unpark(): void;
  /** Its command is answered with `error`. */
  failParked(error: Uint8Array): void;
}

/** Where a client waits. */
export interface ParkingPlace {
  readonly id: string;
  readonly parking: { leave(client: Parkable): void };
  /** Its clients may wait for ever: one that shuts down its side is not waited for. */
  readonly isEndless?: boolean;
}

export type ParkingLimits = {
  holdQueueMs: number;
  holdQueueMax: number;
  holdQueueBytesMax: number;
};

type Place = { client: Parkable; error: Uint8Array; bytes: number };

export class Parking {
  #places: Place[] = [];
  #bytes = 0;
  readonly #limits: ParkingLimits;

  constructor(limits: ParkingLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#places.length;
  }

  /** False: there is no room. `error` is the answer when its time is over. */
  park(client: Parkable, nowMs: number, error: Uint8Array): boolean {
    const { holdQueueMax, holdQueueBytesMax, holdQueueMs } = this.#limits;
    const bytes = client.parkedBytes;
    if (this.#places.length >= holdQueueMax || this.#bytes + bytes > holdQueueBytesMax)
      return false;
    client.parkDeadlineMs ??= nowMs + holdQueueMs;
    this.#places.push({ client, error, bytes });
    this.#bytes += bytes;
    return true;
  }

  leave(client: Parkable): void {
    const at = this.#places.findIndex((place) => place.client === client);
    if (at !== -1) this.#bytes -= this.#places.splice(at, 1)[0]!.bytes;
  }

  wakeAll(): void {
    const places = this.#places;
    this.#places = [];
    this.#bytes = 0;
    for (const { client } of places) client.unpark();
  }

  /** Answers those whose time is over. */
  expire(nowMs: number): void {
    if (this.#places.length === 0) return;
    const isOver = ({ client }: Place): boolean => client.parkDeadlineMs! <= nowMs;
    const over = this.#places.filter(isOver);
    if (over.length === 0) return;
    this.#places = this.#places.filter((place) => !isOver(place));
    for (const place of over) this.#fail(place, place.error);
  }

  failAll(error: Uint8Array): void {
    for (const place of this.#places.splice(0)) this.#fail(place, error);
  }

  #fail({ client, bytes }: Place, error: Uint8Array): void {
    this.#bytes -= bytes;
    client.failParked(error);
  }
}
