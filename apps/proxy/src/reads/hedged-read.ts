import { invariant } from '@keyfleet/runtime';
import type { Client } from '../downstream/client.ts';
import { copyBytes } from '../transport/blocks.ts';
import { NO_REQUEST, NO_SINK, type Outgoing, type ReplySink } from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';

/** Longer requests are not kept for a second sending. */
export const HEDGED_BYTES_MAX = 1024;
/** Tokens of the two sendings. */
const FIRST = 1;
const SECOND = 2;

export type HedgeListener = {
  /** The second server answered first. */
  onWon(): void;
  /** Nobody owes it an answer any more. */
  onOver(read: HedgedRead): void;
};

/**
 * A read that may be sent to two servers: the first answer is the client's, the other is swallowed. One that is over
 * serves another read.
 */
export class HedgedRead implements ReplySink {
  owner: object = NO_SINK.owner;
  client: Client | null = null;
  /** Where it was sent first. */
  node = '';
  sinceMs = 0;
  /** Its time to be sent again has not come. */
  isListed = false;
  readonly #listener: HedgeListener;
  readonly #request: Outgoing = { ...NO_REQUEST, bytes: new Uint8Array(HEDGED_BYTES_MAX) };
  #token = 0;
  #openCount = 0;

  constructor(listener: HedgeListener) {
    this.#listener = listener;
  }

  get slot(): number {
    return this.#request.slot;
  }

  /** Nobody owes it an answer. */
  get isOver(): boolean {
    return this.#openCount === 0;
  }

  /** Takes the place of the client, and keeps the request, which is then sent to `node`. */
  begin(outgoing: Outgoing, client: Client, node: string): void {
    this.owner = this.client = client;
    this.node = node;
    this.#token = outgoing.token;
    this.#openCount = 1;
    const kept = this.#request;
    kept.slot = outgoing.slot;
    kept.sinceUs = outgoing.sinceUs;
    kept.end = outgoing.end - outgoing.start;
    copyBytes(outgoing.bytes, outgoing.start, outgoing.end, kept.bytes, 0);
    outgoing.sink = this;
    outgoing.token = FIRST;
  }

  sendAgain(connection: UpstreamConnection): void {
    const request = this.#request;
    request.sink = this;
    request.token = SECOND;
    this.#openCount++;
    connection.send(request);
    request.sink = NO_SINK;
  }

  onReply(which: number, bytes: Uint8Array, start: number, end: number): void {
    this.#openCount--;
    const client = this.#takeClient();
    if (client !== null) {
      if (which === SECOND) this.#listener.onWon();
      client.onReply(this.#token, bytes, start, end);
    }
    this.#endIfOver();
  }

  /** The other sending may bring the answer. */
  onFailure(_which: number, error: Uint8Array): void {
    this.#openCount--;
    if (this.#openCount === 0) this.#takeClient()?.onFailure(this.#token, error);
    this.#endIfOver();
  }

  takesParts(): boolean {
    return false;
  }

  onPart(): void {
    invariant(false, 'a hedged read takes no parts of replies');
  }

  onPartsEnd(): void {
    invariant(false, 'a hedged read takes no parts of replies');
  }

  #takeClient(): Client | null {
    const { client } = this;
    this.client = null;
    return client;
  }

  #endIfOver(): void {
    if (this.#openCount > 0) return;
    this.owner = NO_SINK.owner;
    this.#listener.onOver(this);
  }
}
