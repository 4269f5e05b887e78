/**
 * One of several operators leads: the one that holds the Lease. Writes to it carry its resourceVersion, so of two only
 * one succeeds. Whoever leads stops when it could not renew for `renewDeadlineMs`, which is less than the `leaseMs`
 * that the others wait from when they saw the last renewal: at no time do two lead, if their clocks run equally fast
 * and what leads ends within the difference.
 */
import { invariant, type Clock, type Logger } from '@keyfleet/runtime';
import type { KubeClient } from '../kube-client.ts';
import { KubeError } from '../kube-error.ts';
import { Reminder } from '../reminder.ts';
import { decide, heldBy, holderOf, released, sighted, type Lease, type Sighting } from './lease.ts';

const JITTER = 0.2;

export type ElectionOptions = {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly namespace: string;
  readonly name: string;
  /** Told to people, as the name of the pod. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly leaseMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
};

type Instant = { readonly monotonicMs: number; readonly wallMs: number };

class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
  readonly code = 'LEADERSHIP_LOST';
}

export class LeaseElection {
  /** Of this process alone: the next of the same name does not take the Lease for its own. */
  readonly identity: string;
  readonly #options: Required<ElectionOptions>;
  #seen: Sighting | undefined;
  /** What was seen is what we wrote, so there is no need to look again before the next write. */
  #isOurWrite = false;
  /** When the last renewal that succeeded was sent. */
  #renewed: Instant | undefined;
  readonly #reminder: Reminder;

  constructor(options: ElectionOptions) {
    this.#options = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000, ...options };
    const { leaseMs, renewDeadlineMs, retryMs, identity, random } = this.#options;
    this.#reminder = new Reminder(options.clock);
    invariant(leaseMs > renewDeadlineMs, 'a leader must stop before its Lease is over');
    invariant(renewDeadlineMs > 2 * retryMs, 'a leader must have time to try again');
    this.identity = `${identity}_${Math.floor(random() * 2 ** 32).toString(16)}`;
  }

  get isLeader(): boolean {
    return this.#renewed !== undefined;
  }

  /** Who holds the Lease, as far as we know. */
  get holder(): string | undefined {
    return holderOf(this.#seen?.lease);
  }

  /**
   * Runs `lead` whenever we lead, until `signal` aborts or `lead` ends by itself. Its signal aborts when it has to
   * end; nothing else happens before it has. What it throws is thrown, after the Lease was released.
   */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    let isOver = false;
    while (!isOver && (await this.#campaign(signal))) isOver = await this.#reign(lead, signal);
  }

  /** False: the signal aborted first. */
  async #campaign(signal: AbortSignal): Promise<boolean> {
    const { clock, random, retryMs } = this.#options;
    while (!signal.aborted) {
      if (await this.#attempt(() => this.#acquire(signal), signal)) return true;
      await clock.sleep(retryMs * (1 + JITTER * random()), signal);
    }
    return false;
  }

  /** True: `lead` ended because it was told to by `signal`, or by itself. */
  async #reign(
    lead: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { log } = this.#options;
    const { identity } = this;
    const lost = new AbortController();
    const done = new AbortController();
    log.info({ identity }, 'leading');
    const leading = lead(AbortSignal.any([signal, lost.signal])).finally(() => done.abort());
    const ended = AbortSignal.any([lost.signal, done.signal]);
    const guarding = Promise.all([this.#keep(lost, ended), this.#enforceDeadline(lost, ended)]);
    try {
      await leading;
    } catch (error) {
      if (!(lost.signal.aborted || signal.aborted)) throw error;
      log.debug({ err: error }, 'what led was cut off');
    } finally {
      await guarding;
      if (!lost.signal.aborted) await this.#release();
      this.#renewed = undefined;
      log.info({ identity }, 'not leading any more');
    }
    return !lost.signal.aborted;
  }

  /** Renews until the end, also while `lead` is on its way out: until then nobody else may lead. */
  async #keep(lost: AbortController, ended: AbortSignal): Promise<void> {
    const { clock, random, retryMs } = this.#options;
    while (!ended.aborted) {
      await clock.sleep(retryMs * (1 - JITTER * random()), ended);
      if (ended.aborted) return;
      await this.#attempt(() => this.#renew(lost, ended), ended);
    }
  }

  async #enforceDeadline(lost: AbortController, ended: AbortSignal): Promise<void> {
    const { clock, renewDeadlineMs } = this.#options;
    while (!ended.aborted) {
      const leftMs = renewDeadlineMs - elapsedMs(this.#renewed!, this.#now());
      if (leftMs <= 0) this.#lose(lost, `not renewed for ${renewDeadlineMs} ms`);
      // Not longer than between renewals, so that a machine that slept finds out soon.
      await clock.sleep(Math.min(leftMs, this.#options.retryMs), ended);
    }
  }

  #lose(lost: AbortController, because: string): void {
    this.#options.log.warn({ because }, 'leadership lost');
    lost.abort(new LeadershipLost(`Cannot lead any longer: ${because}`));
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { leaseMs, clock, log } = this.#options;
    const { identity: me } = this;
    await this.#look(signal);
    const decision = decide(this.#seen, { me, leaseMs, nowMs: clock.monotonicMs() });
    if (decision.do === 'wait') return false;
    log.info({ step: decision }, 'taking the lease');
    await this.#hold(); // not cut off by an end, or it would be unknown whether there is something to release
    return true;
  }

  async #renew(lost: AbortController, signal: AbortSignal): Promise<boolean> {
    if (!this.#isOurWrite) await this.#look(signal);
    const { holder } = this;
    if (holder === this.identity) await this.#hold(signal);
    else this.#lose(lost, holder === undefined ? 'the Lease is gone' : `${holder} leads`);
    return !lost.signal.aborted;
  }

  async #look(signal?: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#options;
    const before = this.holder;
    const lease = await client.get<Lease>(this.#ref(), this.#callOptions(signal));
    this.#seen = lease && sighted(this.#seen, lease, clock.monotonicMs());
    if (this.holder !== before) log.info({ holder: this.holder ?? null }, 'leader seen');
  }

  async #hold(signal?: AbortSignal): Promise<void> {
    const { leaseMs, clock } = this.#options;
    const before = this.#seen?.lease;
    const sent = this.#now();
    await this.#write(heldBy(this.identity, before, { wallMs: clock.wallMs(), leaseMs }), signal);
    this.#renewed = sent;
  }

  async #write(spec: Lease['spec'], signal?: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const before = this.#seen?.lease;
    this.#isOurWrite = false;
    const lease: Lease = { ...(before ?? this.#ref()), ...(spec && { spec }) };
    const options = this.#callOptions(signal);
    const written = await (before ? client.replace(lease, options) : client.create(lease, options));
    this.#seen = sighted(this.#seen, written, clock.monotonicMs());
    this.#isOurWrite = true;
  }

  /** So that the next need not wait. That it fails is no harm: they wait. */
  async #release(): Promise<void> {
    await this.#attempt(async () => {
      if (!this.#isOurWrite) await this.#look();
      if (this.holder !== this.identity) return false;
      await this.#write(released(this.#seen!.lease, this.#options.clock.wallMs()));
      return true;
    });
  }

  /** False when it failed: the loops try again, and the deadline ends it. */
  async #attempt(work: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
    try {
      const result = await work();
      this.#reminder.clear();
      return result;
    } catch (error) {
      if (signal?.aborted) return false;
      if (!(error instanceof KubeError)) throw error;
      if (this.#reminder.isDue(error.message))
        this.#options.log.warn({ err: error }, 'lease not written');
      return false;
    }
  }

  #ref(): Lease {
    const { namespace, name } = this.#options;
    const metadata = { namespace, name };
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
  }

  /** Two attempts fit before the deadline. */
  #callOptions(signal: AbortSignal | undefined) {
    const timeoutMs = this.#options.renewDeadlineMs / 2;
    return signal ? { timeoutMs, signal } : { timeoutMs };
  }

  #now(): Instant {
    const { clock } = this.#options;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }
}

/** The monotonic clock stands while the machine sleeps, the wall clock may jump: the longer of the two is safe. */
function elapsedMs(since: Instant, now: Instant): number {
  return Math.max(now.monotonicMs - since.monotonicMs, now.wallMs - since.wallMs);
}
