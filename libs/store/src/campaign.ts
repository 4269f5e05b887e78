/**
 * Leader election on one well-known key, over the rest of the port: put it if it is absent, with a lease.
 * The trap is an unknown outcome: the key may be ours without our knowing. So every bid has a lease of its
 * own, and a bid that did not clearly win revokes it, which removes the key if it was ours.
 */
import { checkLeaseTtl } from './checks.ts';
import { CompactedError, LeaseLost, OutcomeUnknown, StoreUnavailable } from './errors.ts';
import type { Leadership, Lease, Store } from './port.ts';

export type Bid = { readonly key: string; readonly value: string; readonly ttlSeconds: number };
type Electorate = Pick<Store, 'list' | 'transact' | 'watch' | 'grantLease'>;
/** Waits a moment, less if the signal aborts: a pure lib has no timer. */
type Pause = (signal: AbortSignal) => Promise<void>;

export async function runCampaign(
  store: Electorate,
  bid: Bid,
  signal: AbortSignal,
  pause: Pause,
): Promise<Leadership> {
  checkLeaseTtl(bid.ttlSeconds);
  for (;;) {
    signal.throwIfAborted();
    try {
      await untilAbsent(store, bid.key, signal);
      signal.throwIfAborted();
      const leadership = await bidOnce(store, bid, signal);
      if (leadership) return leadership;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      await pause(signal);
    }
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof StoreUnavailable ||
    error instanceof OutcomeUnknown ||
    error instanceof CompactedError ||
    (error instanceof LeaseLost && error.end === 'expired')
  );
}

async function untilAbsent(store: Electorate, key: string, signal: AbortSignal): Promise<void> {
  const { entries, revision } = await store.list(key);
  if (entries.every((entry) => entry.key !== key)) return;
  await deletionOf(store, key, revision, signal);
}

async function deletionOf(
  store: Electorate,
  key: string,
  afterRevision: number,
  signal: AbortSignal,
): Promise<void> {
  for await (const { changes } of store.watch(key, afterRevision, signal)) {
    if (changes.some((change) => change.type === 'delete' && change.key === key)) return;
  }
}

async function bidOnce(
  store: Electorate,
  bid: Bid,
  signal: AbortSignal,
): Promise<Leadership | undefined> {
  const lease = await store.grantLease(bid.ttlSeconds);
  let elected: Leadership | undefined;
  try {
    const outcome = await store.transact(
      [{ key: bid.key, createRevision: 0 }],
      [{ put: bid.key, value: bid.value, lease: lease.id }],
    );
    signal.throwIfAborted();
    if (outcome.succeeded) elected = leadershipOf(bid.key, outcome.revision, lease);
    return elected;
  } finally {
    if (elected) void stepDownIfDeposed(store, elected, lease);
    else await lease.revoke().catch(() => undefined); // its ttl ends it
  }
}

function leadershipOf(key: string, revision: number, lease: Lease): Leadership {
  return {
    key,
    revision,
    validUntilMs: () => lease.validUntilMs(),
    lost: lease.lost,
    resign: () => lease.revoke(),
  };
}

/** The key can go without the lease: an administrator deletes it to force an election. */
async function stepDownIfDeposed(
  store: Electorate,
  { key, revision, lost }: Leadership,
  lease: Lease,
): Promise<void> {
  try {
    await deletionOf(store, key, revision, lost);
    if (!lost.aborted) await lease.revoke();
  } catch {
    // The watch cannot tell any more (closed, compacted): the lease alone decides, and the fence holds.
  }
}
