/** What becomes of the requests of a connection that is gone. */
import { errors } from '../route/replies.ts';
import { toMicroseconds } from '../turn.ts';
import { SEVERAL_SLOTS, type Outgoing } from './reply-sink.ts';
import { tellUnanswered } from './slow-request.ts';
import type { UpstreamEnv } from './upstream-env.ts';

export type Verdicts = {
  /** May go to another connection, in this order. */
  resend: Outgoing[];
  failed: { request: Outgoing; error: Uint8Array }[];
};

/**
 * `lost` in the order of sending, of which the first `sentCount` left for the server.
 *
 * What was not sent may go elsewhere, if its keys share a slot. A write that was sent has an unknown outcome and is never sent twice. A read is
 * sent once more, unless a write of the same client was sent behind it: that may have been carried out, and the read
 * would see what the client wrote after it. What a replica was asked, its primary can be asked.
 */
export function judgeLost(
  lost: readonly Outgoing[],
  sentCount: number,
  role: 'master' | 'slave' = 'master',
): Verdicts {
  if (role === 'slave') return { resend: [...lost], failed: [] };
  const verdicts: Verdicts = { resend: [], failed: [] };
  const writers = new Set<object>();
  for (let at = lost.length - 1; at >= 0; at--) {
    const request = lost[at]!;
    const wasSent = at < sentCount;
    const error = wasSent ? errorOfSent(request, writers) : errorOfUnsent(request);
    if (wasSent && request.isWrite) writers.add(request.sink.owner);
    if (error === null) verdicts.resend.push({ ...request, isRetry: wasSent || request.isRetry });
    else verdicts.failed.push({ request, error });
  }
  verdicts.resend.reverse();
  verdicts.failed.reverse();
  return verdicts;
}

type FailEnv = Pick<UpstreamEnv, 'counters' | 'slow' | 'monotonicMs'>;

/** Answers what goes nowhere else. */
export function failLost(
  failed: Verdicts['failed'],
  node: string,
  { counters, slow, monotonicMs }: FailEnv,
): void {
  const nowUs = toMicroseconds(monotonicMs());
  for (const { request, error } of failed) {
    if (error === errors.unknownOutcome) counters.uncertain++;
    else counters.lostUnexecuted++;
    tellUnanswered(slow, request, { node, nowUs, wasSent: error !== errors.notSent });
    request.sink.onFailure(request.token, error);
  }
}

/** Answers one whose server still may answer. */
export function failTimedOut(
  request: Outgoing,
  node: string,
  { counters, slow, monotonicMs }: FailEnv,
): void {
  const { sink, token, isWrite } = request;
  counters.timedOut++;
  if (isWrite) counters.uncertain++;
  tellUnanswered(slow, request, { node, nowUs: toMicroseconds(monotonicMs()), wasSent: true });
  sink.onFailure(token, isWrite ? errors.timedOut : errors.readTimedOut);
}

function errorOfSent(request: Outgoing, writers: ReadonlySet<object>): Uint8Array | null {
  if (request.isWrite) return errors.unknownOutcome;
  const mayGoAgain = !request.isRetry && !writers.has(request.sink.owner) && isOfOneSlot(request);
  return mayGoAgain ? null : errors.readLost;
}

function errorOfUnsent(request: Outgoing): Uint8Array | null {
  if (isOfOneSlot(request)) return null;
  return request.isRetry ? errors.readLost : errors.notSent;
}

/** By the time it could go, one of several slots may be held, or owned by another shard. */
function isOfOneSlot(request: Outgoing): boolean {
  return request.slot !== SEVERAL_SLOTS;
}
