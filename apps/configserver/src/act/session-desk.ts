/**
 * Proxy sessions at the leader (protocol P1, B1, B2). Opening, closing and ending are store writes; renewals are this
 * process's memory alone. A session counts as ended only after the transaction that deletes its record.
 */
import { records } from '@keyfleet/store';
import type { SessionGrant, SessionRenewal } from '@keyfleet/api';
import type { Clock, Logger } from '@keyfleet/runtime';
import { FailureLog } from '../failure-log.ts';
import { NotLeader, type Term } from '../election/term.ts';
import type { Metrics } from '../metrics.ts';
import { activeRecordOf } from '../observe/cluster-record.ts';
import type { StateCache } from '../observe/state-cache.ts';
import type { SessionRecord } from '../observe/store-state.ts';
import { lapsedSessions, type SessionLease } from '../plan/session-leases.ts';
import type { EventDraft } from './compose-write.ts';
import type { LeaderWrites } from './leader-writes.ts';

export type DeskOptions = {
  readonly cache: StateCache;
  readonly writes: LeaderWrites;
  readonly term: Term;
  readonly clock: Clock;
  readonly log: Logger;
  readonly leaseMs: number;
  readonly newId: () => string;
  readonly metrics: Pick<Metrics, 'sessionsOpened' | 'sessionsEnded'>;
};

class SessionEnded extends Error {
  readonly code = 'SESSION_ENDED';
  constructor(id: string) {
    super(`Cannot renew session ${id}: it is ended or was never opened, open a new one`);
  }
}

class TooManySessions extends Error {
  readonly code = 'TOO_MANY_SESSIONS';
}

const SESSIONS_MAX = 4096;
const CHECK_MS = 250;

export class SessionDesk {
  readonly #options: DeskOptions;
  /** By cluster and session id. */
  readonly #leases = new Map<string, Map<string, SessionLease>>();

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#adopt(options.clock.monotonicMs()); // after the election, so never too early
  }

  /** In the order of their opening. */
  leases(cluster: string): SessionLease[] {
    return [...(this.#leases.get(cluster)?.values() ?? [])];
  }

  async open(cluster: string, proxy: SessionRecord['proxy']): Promise<SessionGrant> {
    const { writes, clock, newId, metrics } = this.#options;
    const id = newId();
    const opened = await writes.write(cluster, (state, nowMs) => {
      activeRecordOf(state);
      if (state.sessions.size >= SESSIONS_MAX) {
        throw new TooManySessions(`Cannot open session: ${SESSIONS_MAX} are open, want fewer`);
      }
      const openedAtVersion = state.topology?.value.version ?? 0;
      const record = { id, proxy, openedAtMs: nowMs, openedAtVersion };
      const key = records.session.key({ cluster, session: id });
      const event = sessionEvent('Opened', record, `Proxy ${proxy.id} opened a session`);
      return {
        operations: [{ put: key, value: records.session.encode(record) }],
        events: [event],
      };
    });
    const record = opened.sessions.get(id);
    if (!record) throw new SessionEnded(id);
    metrics.sessionsOpened.inc({ cluster });
    this.#of(cluster).set(id, leaseOf(record.value, clock.monotonicMs()));
    return this.#grant(cluster, id);
  }

  /** Throws SessionEnded for one that is unknown or on its way out: its end may already be a fact. */
  renew(cluster: string, id: string, renewal: SessionRenewal): SessionGrant {
    const leases = this.#of(cluster);
    const lease = leases.get(id);
    const state = this.#options.cache.state.clusters.get(cluster);
    if (!lease || lease.isEnding || !state?.sessions.has(id)) throw new SessionEnded(id);
    activeRecordOf(state);
    leases.set(id, { ...lease, ...renewal, answeredAtMs: this.#options.clock.monotonicMs() });
    return this.#grant(cluster, id);
  }

  async close(cluster: string, id: string): Promise<void> {
    await this.#end(cluster, id, { type: 'Closed', because: 'closed its session' });
  }

  /** Ends the sessions whose lease ran out, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, leaseMs, log } = this.#options;
    const failures = new FailureLog(log);
    while (!signal.aborted) {
      await clock.sleep(CHECK_MS, signal);
      if (signal.aborted) return;
      this.#adopt(clock.monotonicMs());
      for (const [cluster, leases] of this.#leases) {
        for (const id of lapsedSessions(leases.values(), leaseMs, clock.monotonicMs())) {
          const end = { type: 'Ended', because: 'did not renew its session in time' } as const;
          const facts = { key: cluster, session: id };
          await this.#end(cluster, id, end).then(
            () => failures.succeeded(`end session ${id}`, facts),
            (error: unknown) => failures.failed(`end session ${id}`, error, facts),
          );
        }
      }
    }
  }

  /** Recorded sessions that are not counted: all at an election, later those whose opening had an unknown outcome. */
  #adopt(answeredAtMs: number): void {
    for (const { name, sessions } of this.#options.cache.state.clusters.values()) {
      const leases = this.#of(name);
      for (const [id, { value }] of sessions) {
        if (!leases.has(id)) leases.set(id, leaseOf(value, answeredAtMs));
      }
    }
  }

  async #end(
    cluster: string,
    id: string,
    end: { type: 'Closed' | 'Ended'; because: string },
  ): Promise<void> {
    const leases = this.#of(cluster);
    const lease = leases.get(id);
    if (lease) leases.set(id, { ...lease, isEnding: true });
    let isOurs = false;
    await this.#options.writes.write(cluster, ({ sessions }) => {
      const record = sessions.get(id)?.value;
      isOurs = record !== undefined;
      if (!record) return undefined;
      const message = `Proxy ${record.proxy.id} ${end.because}`;
      const operations = [{ delete: records.session.key({ cluster, session: id }) }];
      return { operations, events: [sessionEvent(end.type, record, message)] };
    });
    leases.delete(id);
    if (isOurs) {
      this.#options.metrics.sessionsEnded.inc({ cluster, how: end.type.toLowerCase() });
    }
  }

  /** The lease is asked last: an answer that leaves after it is void may meet a successor that ended the session. */
  #grant(cluster: string, session: string): SessionGrant {
    const { term, cache, leaseMs } = this.#options;
    const version = cache.state.clusters.get(cluster)?.topology?.value.version ?? 0;
    if (!term.holds()) throw new NotLeader('Cannot grant a lease: our own is not certain any more');
    return { session, leaseMs, version };
  }

  #of(cluster: string): Map<string, SessionLease> {
    const leases = this.#leases.get(cluster) ?? new Map<string, SessionLease>();
    this.#leases.set(cluster, leases);
    return leases;
  }
}

function leaseOf({ id, openedAtVersion }: SessionRecord, answeredAtMs: number): SessionLease {
  const reported = { appliedVersion: 0, health: 'closed', errors: [] } as const;
  return { id, openedAtVersion, ...reported, answeredAtMs, isEnding: false };
}

function sessionEvent(
  type: 'Opened' | 'Closed' | 'Ended',
  { id, proxy }: SessionRecord,
  message: string,
): EventDraft {
  return { type: `session${type}`, message, facts: { session: id, proxy: proxy.id } };
}
