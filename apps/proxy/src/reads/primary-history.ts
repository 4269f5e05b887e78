/**
 * How far a primary was, and when. A replica that has all that the primary had at some time is behind by no more than
 * what went by since.
 */
const SAMPLES_MAX = 64;

export type Lag = { readonly bytes: number; readonly ms: number };

export class PrimaryHistory {
  readonly #samples: { readonly offset: number; readonly atMs: number }[] = [];

  /** `atMs`: before the primary said so. */
  note(offset: number, atMs: number): void {
    this.#samples.push({ offset, atMs });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
  }

  clear(): void {
    this.#samples.length = 0;
  }

  /** At most, of a replica that was asked after the newest sample and answered at `nowMs`; null: nothing is known of the primary. */
  lagOf(offset: number, nowMs: number): Lag | null {
    const newest = this.#samples.at(-1);
    if (newest === undefined) return null;
    const reached = this.#samples.findLast((sample) => sample.offset <= offset);
    return {
      bytes: Math.max(0, newest.offset - offset),
      ms: nowMs - (reached?.atMs ?? -Infinity),
    };
  }
}
