/**
 * Who hears one message, as its publisher is told. The server counts this process once for the channel and for each pattern;
 * what counts is its clients. What the server had of ours is known before and after: the larger is taken away.
 */
import { encode } from '@keyfleet/resp';
import type { Audience, PublishedAt } from './audience.ts';

const COLON = 0x3a;
const ZERO = 0x30;
const CRLF_BYTES = 2;

export class Receivers {
  readonly #audience: Audience;
  readonly #at: PublishedAt;
  readonly #upstreamBefore: number;

  /** Just before it is sent. */
  constructor(audience: Audience, at: PublishedAt) {
    this.#audience = audience;
    this.#at = at;
    this.#upstreamBefore = audience.upstreamOf(at);
  }

  /** None of this process: the server's count is right. */
  get areElsewhere(): boolean {
    return this.#upstreamBefore === 0 && !this.#audience.hasClientsOf(this.#at);
  }

  /** What `counted` by the server means. */
  count(counted: number): number {
    const ours = Math.max(this.#upstreamBefore, this.#audience.upstreamOf(this.#at));
    return Math.max(0, counted - ours) + this.#audience.clientsOf(this.#at);
  }
}

/** The server's reply to PUBLISH as the publisher gets it: borrowed, where it is right or an error. */
export function correctedCount(receivers: Receivers, reply: Uint8Array): Uint8Array {
  const counted = countOf(reply);
  const count = counted < 0 ? counted : receivers.count(counted);
  return count === counted ? reply : encode.integer(count);
}

/** Of `:n`; -1: it is an error. */
function countOf(reply: Uint8Array): number {
  if (reply[0] !== COLON) return -1;
  let count = 0;
  for (let at = 1; at < reply.length - CRLF_BYTES; at++) count = 10 * count + (reply[at]! - ZERO);
  return count;
}
