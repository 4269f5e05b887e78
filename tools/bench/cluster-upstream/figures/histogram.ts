/**
 * Latencies as counts in buckets: 64 to each power of two, so a percentile is right within 1.6 %, whatever there is of
 * it and without keeping each. Pure.
 */

const BUCKETS_OF_OCTAVE = 64;
/** A microsecond; less is not told apart. */
const LEAST_MS = 0.001;
/** Up to about an hour. */
const OCTAVES = 32;

export class Histogram {
  readonly #counts = new Uint32Array(OCTAVES * BUCKETS_OF_OCTAVE);
  #count = 0;
  #mostMs = 0;

  get count(): number {
    return this.#count;
  }

  get mostMs(): number {
    return this.#mostMs;
  }

  record(ms: number): void {
    this.#counts[bucketOf(ms)]!++;
    this.#count++;
    if (ms > this.#mostMs) this.#mostMs = ms;
  }

  /**
   * Of a client that sends every so often and waits for the answer: what it did not send while it waited would have
   * waited as well, and is counted. Else one long stall would be one request among thousands.
   */
  recordPaced(ms: number, everyMs: number): void {
    for (let left = ms; left > 0; left -= everyMs) this.record(left);
    if (ms <= 0) this.record(0);
  }

  /** The upper bound of the bucket in which it lies; null: nothing was recorded. */
  percentile(percent: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.ceil((percent / 100) * this.#count);
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) return Math.min(upperMsOf(bucket), this.#mostMs);
    }
    return this.#mostMs;
  }
}

function bucketOf(ms: number): number {
  const octaves = Math.log2(Math.max(ms, LEAST_MS) / LEAST_MS);
  return Math.min(Math.floor(octaves * BUCKETS_OF_OCTAVE), OCTAVES * BUCKETS_OF_OCTAVE - 1);
}

function upperMsOf(bucket: number): number {
  return LEAST_MS * 2 ** ((bucket + 1) / BUCKETS_OF_OCTAVE);
}
