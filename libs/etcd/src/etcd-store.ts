/** The Store port on etcd. Every transaction is sent at most once; everything else may be sent again. */
import { status } from '@grpc/grpc-js';
import { systemClock, type Clock } from '@keyfleet/runtime';
import {
  checkKey,
  checkLeaseTtl,
  checkTransaction,
  LeaseLost,
  runCampaign,
  StoreClosed,
  StoreUnavailable,
  type Compare,
  type Entry,
  type Leadership,
  type Lease,
  type Listing,
  type Operation,
  type Outcome,
  type Store,
  type WatchBatch,
} from '@keyfleet/store';
import type { IRangeRequest, IRangeResponse, ITxnResponse } from 'etcd3';
import { Cluster } from './cluster.ts';
import { compareOf, entryOf, rangeOf, requestOf } from './encoding.ts';
import { statusOf, unary } from './grpc.ts';
import { KeptLease } from './kept-lease.ts';
import { watchFrom } from './watch.ts';

const CAMPAIGN_PAUSE_MS = 250;
/** At the end nobody waits for an etcd that is away: the ttl does what the revocation would. */
const CLOSE_TIMEOUT_MS = 1_000;

export type EtcdStoreOptions = {
  /** `http://host:port` of each member; `https` goes by the system's certificates. */
  readonly endpoints: readonly string[];
  readonly operationTimeoutMs?: number;
  readonly clock?: Clock;
};

/** Connects when it is first used. */
export function openEtcdStore(options: EtcdStoreOptions): Store {
  const { endpoints, operationTimeoutMs = 5_000, clock = systemClock } = options;
  return new EtcdStore(new Cluster(endpoints, clock), operationTimeoutMs, clock);
}

class EtcdStore implements Store {
  readonly #cluster: Cluster;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #leases = new Set<KeptLease>();

  constructor(cluster: Cluster, timeoutMs: number, clock: Clock) {
    this.#cluster = cluster;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    const { kvs } = await this.#range({ key: Buffer.from(key) });
    return kvs[0] && entryOf(kvs[0]);
  }

  async list(prefix: string): Promise<Listing> {
    const { kvs, header } = await this.#range(rangeOf(prefix));
    return { entries: kvs.map(entryOf), revision: Number(header.revision) };
  }

  async transact(compares: readonly Compare[], operations: readonly Operation[]): Promise<Outcome> {
    checkTransaction(compares, operations);
    const request = { compare: compares.map(compareOf), success: operations.map(requestOf) };
    const { response } = await this.#refusable(
      this.#cluster.call('KV', unary<ITxnResponse>('txn', request), {
        timeoutMs: this.#timeoutMs,
        retries: operations.length === 0,
        signal: this.#closing.signal,
      }),
    );
    return { succeeded: response.succeeded, revision: Number(response.header.revision) };
  }

  async *watch(
    prefix: string,
    afterRevision: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchBatch> {
    const source = { cluster: this.#cluster, clock: this.#clock };
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    yield* watchFrom(source, prefix, afterRevision, ended);
    if (!signal.aborted) this.#closing.signal.throwIfAborted();
  }

  async grantLease(ttlSeconds: number): Promise<Lease> {
    checkLeaseTtl(ttlSeconds);
    const terms = {
      cluster: this.#cluster,
      clock: this.#clock,
      ttlSeconds,
      timeoutMs: this.#timeoutMs,
    };
    const lease = await this.#refusable(KeptLease.grant(terms, this.#closing.signal));
    this.#leases.add(lease);
    lease.lost.addEventListener('abort', () => this.#leases.delete(lease));
    return lease;
  }

  async campaign(
    key: string,
    value: string,
    ttlSeconds: number,
    signal: AbortSignal,
  ): Promise<Leadership> {
    return runCampaign(this, { key, value, ttlSeconds }, signal, (aborted) =>
      this.#clock.sleep(CAMPAIGN_PAUSE_MS, aborted),
    );
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const leases = [...this.#leases];
    this.#closing.abort(new StoreClosed());
    await Promise.allSettled(leases.map((lease) => lease.end('closed', CLOSE_TIMEOUT_MS)));
    this.#cluster.close();
  }

  async #range(request: IRangeRequest): Promise<IRangeResponse> {
    const { response } = await this.#refusable(
      this.#cluster.call('KV', unary<IRangeResponse>('range', request), {
        timeoutMs: this.#timeoutMs,
        retries: true,
        signal: this.#closing.signal,
      }),
    );
    return response;
  }

  /** What etcd refused, in the port's words. */
  async #refusable<Result>(call: Promise<Result>): Promise<Result> {
    try {
      return await call;
    } catch (error) {
      const code = statusOf(error);
      if (typeof code !== 'number') throw error;
      if (code === status.NOT_FOUND) throw new LeaseLost('lease of a put', 'expired');
      throw new StoreUnavailable('Cannot use etcd: it refused the request', { cause: error });
    }
  }
}
