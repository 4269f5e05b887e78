import { status } from '@grpc/grpc-js';
import type { Clock } from '@keyfleet/runtime';
import { LeaseLost, StoreError, type Lease, type LeaseEnd, type LeaseId } from '@keyfleet/store';
import type { ILeaseGrantResponse, ILeaseKeepAliveResponse } from 'etcd3';
import type { Cluster } from './cluster.ts';
import { exchange, statusOf, unary } from './grpc.ts';

const RENEWALS_PER_TTL = 3;
const RETRY_PAUSE_MS = 100;

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
  #sentMs: number;

  private constructor(terms: Terms, id: LeaseId, sentMs: number) {
    this.id = id;
    this.ttlSeconds = terms.ttlSeconds;
    this.#terms = terms;
    this.#sentMs = sentMs;
  }

  /** A grant that was sent and not answered leaves a lease that nobody uses, so it may be sent again. */
  static async grant(terms: Terms, signal: AbortSignal): Promise<KeptLease> {
    const { response, sentMs } = await terms.cluster.call(
      'Lease',
      unary<ILeaseGrantResponse>('leaseGrant', { TTL: terms.ttlSeconds }),
      { timeoutMs: terms.timeoutMs, retries: true, signal },
    );
    const lease = new KeptLease(terms, response.ID, sentMs);
    void lease.#keep();
    return lease;
  }

  get lost(): AbortSignal {
    return this.#ended.signal;
  }

  validUntilMs(): number {
    return this.#sentMs + this.ttlSeconds * 1000;
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
    let nextMs = this.#sentMs + intervalMs;
    while (!this.lost.aborted) {
      await clock.sleep(Math.max(0, nextMs - clock.monotonicMs()), this.lost);
      if (this.lost.aborted) return;
      const renewed = await this.#renew(intervalMs);
      if (renewed === 'gone' || clock.monotonicMs() >= this.validUntilMs()) {
        // etcd may still have it for a moment; telling it so lets the next owner in earlier.
        this.end('expired', this.#terms.timeoutMs).catch(() => undefined);
        return;
      }
      nextMs =
        renewed === 'kept' ? this.#sentMs + intervalMs : clock.monotonicMs() + RETRY_PAUSE_MS;
    }
  }

  async #renew(attemptMs: number): Promise<'kept' | 'gone' | 'unanswered'> {
    const { cluster, clock } = this.#terms;
    try {
      const { response, sentMs } = await cluster.call(
        'Lease',
        exchange<ILeaseKeepAliveResponse>('leaseKeepAlive', { ID: this.id }),
        {
          timeoutMs: Math.max(0, this.validUntilMs() - clock.monotonicMs()),
          attemptMs,
          retries: true,
          signal: this.lost,
        },
      );
      if (Number(response.TTL) <= 0) return 'gone';
      this.#sentMs = sentMs;
      return 'kept';
    } catch (error) {
      if (error instanceof StoreError || statusOf(error) !== undefined) return 'unanswered';
      throw error;
    }
  }
}
