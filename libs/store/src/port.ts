/**
 * The Store port: what Keyfleet needs of its one truth. The vocabulary is etcd's, because etcd is the
 * real store; `libs/embedded-store` mirrors it in one process. One conformance suite
 * (`libs/store-conformance`) says what every sentence below means.
 *
 * Revisions: one counter for the whole store; every transaction that changes something takes the next
 * one. Times: milliseconds on the store's monotonic clock (`performance.now()` unless another is given).
 */

export type LeaseId = string;

export type Entry = {
  readonly key: string;
  readonly value: string;
  /** The revision that brought the key into being; a deleted and rewritten key has a new one. */
  readonly createRevision: number;
  readonly modRevision: number;
};

/** Holds when the key's current revision is the given one. An absent key has revision 0 (etcd's rule). */
export type Compare =
  | { readonly key: string; readonly modRevision: number }
  | { readonly key: string; readonly createRevision: number };

export type Operation =
  | { readonly put: string; readonly value: string; readonly lease?: LeaseId }
  | { readonly delete: string };

export type Outcome = {
  readonly succeeded: boolean;
  /** Of the whole store after the call: the writes' own revision if it succeeded and changed something. */
  readonly revision: number;
};

export type Listing = { readonly entries: readonly Entry[]; readonly revision: number };

export type Change =
  | { readonly type: 'put'; readonly entry: Entry }
  | { readonly type: 'delete'; readonly key: string; readonly modRevision: number };

/** Everything under the watched prefix that one revision changed, in the order of its operations. */
export type WatchBatch = { readonly revision: number; readonly changes: readonly Change[] };

/** Kept alive by the store until it is lost; the keys put with it are deleted when it ends. */
export interface Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  /**
   * Until when the lease certainly holds: when the last *successful* keep-alive was *sent*, plus the ttl.
   * Who acts on the strength of a lease compares this with the clock; `lost` may fire a moment later.
   */
  validUntilMs(): number;
  /** Aborted as soon as the lease is no longer ours, with a `LeaseLost` that says why. */
  readonly lost: AbortSignal;
  /** Ends the lease and deletes its keys. Rejects when the store cannot be told; the ttl does it then. */
  revoke(): Promise<void>;
}

export interface Leadership {
  readonly key: string;
  /** Create revision of the leader key: the fencing token, compared in every write of the leader. */
  readonly revision: number;
  /** See `Lease.validUntilMs`. */
  validUntilMs(): number;
  /** Aborted when the leadership ended: expired, deleted by someone else, resigned or closed. */
  readonly lost: AbortSignal;
  /** Hands over at once instead of after the ttl. */
  resign(): Promise<void>;
}

/**
 * Every call ends within the store's operation timeout (5 s unless another is given), with an answer or
 * with a `StoreError`. After `close` everything, also what is waiting, rejects with `StoreClosed`.
 */
export interface Store {
  get(key: string): Promise<Entry | undefined>;
  /** In key order (UTF-8 bytes), as of one revision. The empty prefix lists everything. */
  list(prefix: string): Promise<Listing>;
  /**
   * All or nothing: the operations are done, in one revision, if every compare holds. `LimitExceeded`
   * beyond `storeLimits`; `OutcomeUnknown` if the connection broke in flight: read again before going on.
   */
  transact(compares: readonly Compare[], operations: readonly Operation[]): Promise<Outcome>;
  /**
   * Without gaps from the first revision after `afterRevision`, across restarts and lost connections.
   * Ends when `signal` aborts; ends with `CompactedError` when the past that it needs is gone: list again.
   */
  watch(prefix: string, afterRevision: number, signal: AbortSignal): AsyncIterable<WatchBatch>;
  /** Whole seconds, at least 2 (etcd silently raises 1 to 2): else a `RangeError`. */
  grantLease(ttlSeconds: number): Promise<Lease>;
  /**
   * Waits, also while the store is away, until `key` is ours and holds `value`. Rejects with the signal's
   * reason when `signal` aborts (which ends only the waiting: to step down, `resign`).
   */
  campaign(
    key: string,
    value: string,
    ttlSeconds: number,
    signal: AbortSignal,
  ): Promise<Leadership>;
  /** Revokes the leases of this store as far as that is possible, then ends everything. */
  close(): Promise<void>;
}

/** etcd's limits with room for its encoding (1.5 MiB for a request, 128 compares, 128 operations). */
export const storeLimits = {
  comparesMax: 128,
  operationsMax: 128,
  /** All keys and values of one transaction together, so also the most that one value can have. */
  transactionBytesMax: 1_500_000,
  leaseTtlSecondsMin: 2,
} as const;
