/**
 * The requests of one upstream connection, kept from the moment they are queued until they are answered, so that what
 * was not sent, and reads that were not answered, can go to another connection. It is also the write buffer: a
 * request is copied once, and written from here.
 *
 *   segments   [ answered… | sent, not answered … | not sent ]  [ not sent … |      ]
 *                          ^ refs > 0                ^ flushed        ^ used
 */
import type { BlockPool } from '../transport/blocks.ts';
import type { Connection } from '../transport/transport.ts';

export type Segment = {
  readonly bytes: Buffer;
  /** Bytes taken by requests. */
  used: number;
  /** Bytes handed to the connection. */
  flushed: number;
  /** Requests in it that are not answered. */
  open: number;
};

export class RequestLog {
  readonly #pool: BlockPool;
  #last: Segment | null = null;
  #unflushed: Segment[] = [];

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  /** Room for a request, which the caller writes before the next flush. It ends at the `used` of the segment. */
  reserve(length: number): Segment {
    const segment = this.#roomFor(length);
    if (segment.used === segment.flushed) this.#unflushed.push(segment);
    segment.used += length;
    segment.open++;
    return segment;
  }

  /** A request of this segment was answered or given up. */
  release(segment: Segment): void {
    segment.open--;
    if (segment.open > 0 || segment.flushed < segment.used) return;
    if (segment === this.#last) segment.used = segment.flushed = 0;
    else this.#pool.give(segment.bytes);
  }

  flush(connection: Connection): void {
    const segments = this.#unflushed;
    for (const segment of segments) {
      connection.write(segment.bytes, segment.flushed, segment.used);
      segment.flushed = segment.used;
    }
    segments.length = 0;
  }

  #roomFor(length: number): Segment {
    const last = this.#last;
    if (last !== null && last.used + length <= last.bytes.length) return last;
    const bytes = this.#pool.take(length);
    if (last !== null && last.open === 0 && last.flushed === last.used) this.#pool.give(last.bytes);
    this.#last = { bytes, used: 0, flushed: 0, open: 0 };
    return this.#last;
  }
}
