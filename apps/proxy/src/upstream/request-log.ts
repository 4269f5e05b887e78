/**
 * The requests of one upstream connection, kept from the moment they are queued until they are answered, so that what
 * was not sent, and reads that were not answered, can go to another connection. It is also the write buffer: a
 * request is copied once, and written from here.
 *
 *   segments   [ answered… | sent, not answered … | not sent ]  [ not sent … |      ]
 *                          ^ refs > 0                ^ flushed        ^ used
 */
import type { BlockPool } from '../transport/blocks.ts';
import type { LargeBlocks } from '../transport/large-blocks.ts';
import type { Connection } from '../transport/transport.ts';

export type Segment = {
  readonly bytes: Uint8Array;
  /** Bytes taken by requests. */
  used: number;
  /** Bytes handed to the connection. */
  flushed: number;
  /** Requests in it that are not answered. */
  open: number;
  /** The log's `flushedBytes` when the last of its bytes was flushed. */
  flushedAt: number;
  /** It is for one request, and not used again before that is sent: the connection need not copy it. */
  readonly isOwn: boolean;
};

export class RequestLog {
  readonly #pool: BlockPool;
  readonly #large: LargeBlocks;
  #connection: Connection | null = null;
  #last: Segment | null = null;
  #unflushed: Segment[] = [];
  /** Handed to the connection, ever. */
  #flushedBytes = 0;

  constructor(pool: BlockPool, large: LargeBlocks) {
    this.#pool = pool;
    this.#large = large;
  }

  /** Room for a request, which the caller writes before the next flush. It ends at the `used` of the segment. */
  reserve(length: number): Segment {
    const segment = this.#roomFor(length);
    if (segment.used === segment.flushed) this.#unflushed.push(segment);
    segment.used += length;
    segment.open++;
    return segment;
  }

  /** Takes a request with the memory in which it lies, which is the log's from now on. */
  adopt(bytes: Uint8Array, start: number, end: number): Segment {
    const segment = { bytes, used: end, flushed: start, open: 1, flushedAt: 0, isOwn: true };
    // What comes behind it must not be written before it.
    this.#retireLast();
    this.#unflushed.push(segment);
    return segment;
  }

  /** A request of this segment was answered or given up. */
  release(segment: Segment): void {
    segment.open--;
    if (segment.open > 0 || segment.flushed < segment.used) return;
    if (segment === this.#last) segment.used = segment.flushed = 0;
    else this.#give(segment);
  }

  flush(connection: Connection): void {
    this.#connection = connection;
    const segments = this.#unflushed;
    for (const segment of segments) {
      connection.write(segment.bytes, segment.flushed, segment.used, segment.isOwn);
      this.#flushedBytes += segment.used - segment.flushed;
      segment.flushed = segment.used;
      segment.flushedAt = this.#flushedBytes;
    }
    segments.length = 0;
  }

  #roomFor(length: number): Segment {
    const last = this.#last;
    if (last !== null && last.used + length <= last.bytes.length) return last;
    this.#retireLast();
    const isOwn = length > this.#pool.blockBytes;
    const bytes = isOwn ? this.#large.take(length) : this.#pool.take(length);
    const segment = { bytes, used: 0, flushed: 0, open: 0, flushedAt: 0, isOwn };
    if (!isOwn) this.#last = segment;
    return segment;
  }

  #retireLast(): void {
    const last = this.#last;
    this.#last = null;
    if (last !== null && last.open === 0 && last.flushed === last.used) this.#give(last);
  }

  /** A server that answers before it has read everything would leave the connection reading what is given away here. */
  #give({ bytes, isOwn, flushedAt }: Segment): void {
    if (!isOwn) return this.#pool.give(bytes as Buffer);
    // Sent in order: what is unsent are the last bytes of all.
    const isSent = this.#flushedBytes - (this.#connection?.unsentBytes ?? 0) >= flushedAt;
    if (isSent) this.#large.give(bytes);
  }
}
