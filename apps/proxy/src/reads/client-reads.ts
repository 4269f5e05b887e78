import { RecentSlots } from './recent-slots.ts';
import { policyFor, type ReadPolicy, type ReadWish } from './read-policy.ts';

/** What is kept of a client that may read from replicas. */
export class ClientReads {
  policy: ReadPolicy = 'primary';
  #wish: ReadWish = 'none';
  /** It said WATCH, and may still watch something. */
  mayWatch = false;
  /** Reads that replicas owe it: its writes to the same slots must not overtake them. */
  readonly atReplicas = new RecentSlots();
  /** Its writes, pending and recent: its reads of the same slots are for the primary. */
  readonly written = new RecentSlots();

  get wish(): ReadWish {
    return this.#wish;
  }

  choose(wish: ReadWish, ofCluster: ReadPolicy): void {
    this.#wish = wish;
    this.policy = policyFor(wish, ofCluster);
  }
}
