import { status } from '@grpc/grpc-js';
import type { Clock } from '@keyfleet/runtime';
import { LeaseLost, StoreError, type Lease, type LeaseEnd, type LeaseId } from '@keyfleet/store';
import type { ILeaseGrantResponse, ILeaseKeepAliveResponse } from 'etcd3';
import type { Cluster, Instant } from './cluster.ts';
import { exchange, statusOf, unary } from './grpc.ts';

const RENEWALS_PER_TTL = 3;
const RETRY_PAUSE_MS = 100;
/** Below this the clocks only tick differently. */
const SLEPT_MS_MIN = 100;

type Terms = {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly ttlSeconds: number;
  readonly timeoutMs: number;
};

/** Renews itself every third of its ttl, and is lost when no renewal that was sent in time was answered. */
export class KeptLease implements Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  readonly #terms: Terms;
  readonly #ended = new AbortController();
  #sent: Instant;

  private constructor(terms: Terms, id: LeaseId, sent: Instant) {
    this.id = id;
    this.ttlSeconds = terms.ttlSeconds;
    this.#terms = terms;
    this.#sent = sent;
  }

  /** A grant that was sent and not answered leaves a lease that nobody uses, so it may be sent again. */
  static async grant(terms: Terms, signal: AbortSignal): Promise<KeptLease> {
    const { response, sent } = await terms.cluster.call(
      'Lease',
      unary<ILeaseGrantResponse>('leaseGrant', { TTL: terms.ttlSeconds }),
      { timeoutMs: terms.timeoutMs, retries: true, signal },
    );
    const lease = new KeptLease(terms, response.ID, sent);
    void lease.#keep();
    return lease;
  }

  get lost(): AbortSignal {
    return this.#ended.signal;
  }

  /** The wall clock can only shorten it: by what it went ahead, as it does when the machine slept. */
  validUntilMs(): number {
    const { clock } = this.#terms;
    const { monotonicMs, wallMs } = this.#sent;
    const sleptMs = clock.wallMs() - wallMs - (clock.monotonicMs() - monotonicMs);
    const certain = sleptMs < SLEPT_MS_MIN ? 0 : sleptMs;
    return monotonicMs + this.ttlSeconds * 1000 - certain;
  }

  async revoke(): Promise<void> {
    await this.end('revoked', this.#terms.timeoutMs);
  }

  /** Lost at once for its owner, then for etcd. Does nothing the second time. */
  async end(end: LeaseEnd, timeoutMs: number): Promise<void> {
    if (this.lost.aborted) return;
    this.#ended.abort(new LeaseLost(`lease ${this.id}`, end));
    try {
      const revocation = unary('leaseRevoke', { ID: this.id });
      await this.#terms.cluster.call('Lease', revocation, { timeoutMs, retries: true });
    } catch (error) {
      if (statusOf(error) !== status.NOT_FOUND) throw error; // else it is gone, as wanted
    }
  }

  async #keep(): Promise<void> {
    const { clock } = this.#terms;
    const intervalMs = (this.ttlSeconds * 1000) / RENEWALS_PER_TTL;
    let nextMs = this.#sent.monotonicMs + intervalMs;
    while (!this.lost.aborted) {
      await clock.sleep(Math.max(0, nextMs - clock.monotonicMs()), this.lost);
      if (this.lost.aborted) return;
      const renewed = this.#isPast() ? 'gone' : await this.#renew(intervalMs);
      if (renewed === 'gone' || this.#isPast()) {
        // etcd may still have it for a moment; telling it so lets the next owner in earlier.
        this.end('expired', this.#terms.timeoutMs).catch(() => undefined);
        return;
      }
      nextMs =
        renewed === 'kept'
          ? this.#sent.monotonicMs + intervalMs
          : clock.monotonicMs() + RETRY_PAUSE_MS;
    }
  }

  /** Then it is lost for good, even if etcd would still renew it: its owner may have stopped already. */
  #isPast(): boolean {
    return this.#terms.clock.monotonicMs() >= this.validUntilMs();
  }

  async #renew(attemptMs: number): Promise<'kept' | 'gone' | 'unanswered'> {
    const { cluster, clock } = this.#terms;
    try {
      const { response, sent } = await cluster.call(
        'Lease',
        exchange<ILeaseKeepAliveResponse>('leaseKeepAlive', { ID: this.id }),
        {
          timeoutMs: Math.max(0, this.validUntilMs() - clock.monotonicMs()),
          attemptMs,
          retries: true,
          signal: this.lost,
        },
      );
      if (Number(response.TTL) <= 0 || this.#isPast()) return 'gone';
      this.#sent = sent;
      return 'kept';
    } catch (error) {
      if (error instanceof StoreError || statusOf(error) !== undefined) return 'unanswered';
      throw error;
    }
  }
}
