import type { UpstreamConnection } from './upstream-connection.ts';

/** Who waits for the reply of a request that was sent upstream: a client, or one that gathers parts for a client. */
export interface ReplySink {
  /** Whose request it is, in the end: its requests have an order. */
  readonly owner: object;
  /** The whole reply; `bytes` are borrowed for the call. `token` is what was given at the send. */
  onReply(token: number, bytes: Uint8Array, start: number, end: number): void;
  /** Whether nothing of its owner has to come before this reply, so that it may come in parts. */
  takesParts(token: number): boolean;
  /** True: this error is no reply to the request, but to what went ahead of it without one of its own. */
  takesErrorAhead?(bytes: Uint8Array, start: number): boolean;
  /** A part of the reply, of a length that says nothing; borrowed as in `onReply`. */
  onPart(token: number, bytes: Uint8Array, start: number, end: number): void;
  /** The last part was the end of the reply, of `length` bytes in all; or, false, the rest of it never comes. */
  onPartsEnd(token: number, isWhole: boolean, length: number): void;
  /** See below; of an owner that is its own sink it is the token. */
  placeOf?(token: number): number | undefined;
  /** Of a request that goes nowhere by itself, and so has SEVERAL_SLOTS: the slot that it is about all the same. */
  slotOf?(token: number): number | undefined;
  /** Of an error to such a request: nothing was done. */
  isUndone?(bytes: Uint8Array, start: number): boolean;
  /** There will be no reply from a server: `error` is what the client is told instead. */
  onFailure(token: number, error: Uint8Array): void;
  /** The request was lost unanswered, and is about to be sent here: what it needs there may go ahead of it. */
  prepare?(connection: UpstreamConnection): void;
  /** Instead of the request, which stands for several: they go again here. `asks`: behind an ASKING. */
  sendAgainOn?(connection: UpstreamConnection, asks: boolean): void;
}

/** Among the replies to its owner: of two places the older one is less, but for a wrap. Undefined: it is in no order. */
export function placeOf(sink: ReplySink, token: number): number | undefined {
  return sink.owner === sink ? token : sink.placeOf?.(token);
}

/** The slot of a request whose keys lie in several: it cannot be gated or routed anew as a whole. */
export const SEVERAL_SLOTS = -1;

/**
 * A request for a server. One is reused for every send, so sending allocates nothing.
 * `bytes[start, end)` is a whole multibulk frame.
 */
export type Outgoing = {
  sink: ReplySink;
  token: number;
  /** Or SEVERAL_SLOTS. */
  slot: number;
  isWrite: boolean;
  /** A read that was sent once already and lost its connection; it is not sent a third time. */
  isRetry: boolean;
  /** How often a server refused it and named another, or a later time. */
  redirects: number;
  /** When it was taken up (Turn.startedUs), if it had to wait since; 0: in this turn. */
  sinceUs: number;
  bytes: Uint8Array;
  start: number;
  end: number;
};

/** Hears nothing. */
export const NO_SINK: ReplySink = {
  owner: {},
  onReply: () => undefined,
  takesParts: () => false,
  onPart: () => undefined,
  onPartsEnd: () => undefined,
  onFailure: () => undefined,
};

/** Of a request that was answered without its reply, which is swallowed when it comes. */
export const GIVEN_UP: ReplySink = { ...NO_SINK, takesParts: () => true };

/** What a sender's own Outgoing is before the first request. */
export const NO_REQUEST: Outgoing = {
  sink: NO_SINK,
  token: 0,
  slot: 0,
  isWrite: false,
  isRetry: false,
  redirects: 0,
  sinceUs: 0,
  bytes: new Uint8Array(),
  start: 0,
  end: 0,
};
