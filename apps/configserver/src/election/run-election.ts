import type { Clock, Logger } from '@keyfleet/runtime';
import { records, type Store } from '@keyfleet/store';
import { FailureLog } from '../failure-log.ts';
import type { StateCache } from '../observe/state-cache.ts';
import { Term } from './term.ts';

export type Candidacy = {
  readonly store: Store;
  readonly cache: StateCache;
  readonly clock: Clock;
  readonly log: Logger;
  readonly id: string;
  /** Where the others forward to. */
  readonly url: string;
  readonly ttlSeconds: number;
};

const RETRY_MS = 500;

/** Campaigns, reigns until the leadership is lost, campaigns again. Resigns when the signal aborts. */
export async function runElection(
  candidacy: Candidacy,
  reign: (term: Term, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = candidacy;
  const failures = new FailureLog(log);
  while (!signal.aborted) {
    try {
      await reignOnce(candidacy, reign, signal);
      failures.forget();
    } catch (error) {
      if (signal.aborted) return;
      failures.failed('lead', error);
      await clock.sleep(RETRY_MS, signal);
    }
  }
}

async function reignOnce(
  { store, cache, clock, log, id, url, ttlSeconds }: Candidacy,
  reign: (term: Term, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const bid = records.leader.encode({ id, url });
  const leadership = await store.campaign(records.leader.key({}), bid, ttlSeconds, signal);
  const term = new Term(leadership, ttlSeconds, clock);
  const ended = AbortSignal.any([signal, leadership.lost]);
  log.info({ term: term.revision }, 'elected');
  try {
    // What the predecessor wrote is older than our key: nothing of it may be missing in what we plan on.
    await cache.reached(leadership.revision, ended);
    await reign(term, ended);
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    log.info({ term: term.revision, because: reasonOf(ended) }, 'no longer leader');
    await leadership.resign().catch(() => undefined); // its ttl ends it
  }
}

function reasonOf(signal: AbortSignal): string {
  return signal.aborted ? String(signal.reason) : 'the reign failed';
}
