/**
 * How much may be in flight on a connection. To a server that is back after a fault it is little at first, and twice as
 * much each time that was used and answered: clients that waited do not come all at once.
 */
import type { UpstreamLimits } from './upstream-env.ts';

type Limits = Pick<UpstreamLimits, 'inFlightMax' | 'inFlightBytesMax'>;
type Pending = { readonly length: number; readonly bytes: number };

const SMALL: Limits = { inFlightMax: 64, inFlightBytesMax: 256 * 1024 };

export class InFlightRoom {
  /** Somebody found no room, and is to hear when there is some. */
  wasFull = false;
  isHeld = false;
  readonly #limits: Limits;
  #max: number;
  #bytesMax: number;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#max = limits.inFlightMax;
    this.#bytesMax = limits.inFlightBytesMax;
  }

  startSmall(): void {
    this.#max = Math.min(SMALL.inFlightMax, this.#limits.inFlightMax);
    this.#bytesMax = Math.min(SMALL.inFlightBytesMax, this.#limits.inFlightBytesMax);
  }

  isThere(pending: Pending): boolean {
    if (pending.length < this.#max && pending.bytes < this.#bytesMax && !this.isHeld) return true;
    this.wasFull = true;
    return false;
  }

  /** There is none until `free`. */
  hold(): void {
    this.isHeld = this.wasFull = true;
  }

  free(): void {
    this.isHeld = this.wasFull = false;
  }

  /** Replies came: whether there is room again, of which it is worth telling. */
  isAgain(pending: Pending): boolean {
    if (pending.length > this.#max / 2 || pending.bytes > this.#bytesMax / 2) return false;
    this.wasFull = false;
    this.#max = Math.min(2 * this.#max, this.#limits.inFlightMax);
    this.#bytesMax = Math.min(2 * this.#bytesMax, this.#limits.inFlightBytesMax);
    return true;
  }
}
