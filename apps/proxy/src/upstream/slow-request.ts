import type { Outgoing, ReplySink } from './reply-sink.ts';

/** A request that took long until its reply was there, or an error instead of it. Lent for the call. */
export type SlowRequest = {
  readonly sink: ReplySink;
  readonly token: number;
  /** `bytes[start, end)` is a whole multibulk frame. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The server that has answered, or was to. */
  readonly node: string;
  /** When it was taken up, when it was written to the server, and when its reply was read: as `Turn` has times. */
  readonly sinceUs: number;
  readonly sentUs: number;
  readonly readUs: number;
};

/** Hears of requests that took `thresholdUs` or longer, as many as it has room for. */
export interface SlowListener {
  readonly thresholdUs: number;
  /** Asked before `onSlow`, for one request. */
  hasRoom(nowUs: number): boolean;
  onSlow(request: SlowRequest): void;
}

export type Unanswered = {
  readonly node: string;
  readonly nowUs: number;
  readonly wasSent: boolean;
};

/** Of one that got an error of ours. When it was sent is not known any more. */
export function tellUnanswered(
  listener: SlowListener,
  request: Outgoing,
  { node, nowUs, wasSent }: Unanswered,
): void {
  const { sinceUs } = request;
  if (((nowUs - sinceUs) | 0) < listener.thresholdUs || !listener.hasRoom(nowUs)) return;
  listener.onSlow({ ...request, node, sentUs: wasSent ? sinceUs : nowUs, readUs: nowUs });
}
