/**
 * Where servers pass messages on to each other, a process listens at one shard, and publishes at the same one. A server gives
 * its subscribers its own publications in order, and those of each other server too, which come over one connection: so
 * what one client publishes on several channels comes in that order, as from a single Redis.
 *
 * Seeds differ, so that processes spread over the shards. One stays where it is as long as that shard is there.
 */
import { SLOT_COUNT } from '@keyfleet/slots';
import type { Feed } from './hub.ts';

export type HomeOf = (slot: number) => string | null;

export class SharedHome {
  /** null: none was there. */
  shard: string | null = null;
  /** One of its slots, for requests go by slot; -1: it has none. */
  slot = -1;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** True: it is another one now. */
  settle(feeds: ReadonlyMap<string, Feed>, homeOf: HomeOf, nowMs: number): boolean {
    const former = this.shard;
    const isFit = (shard: string): boolean =>
      feeds.get(shard)?.isOut(nowMs) === false && this.#slotOf(shard, homeOf) !== -1;
    if (former === null || !isFit(former)) {
      const fit = [...feeds.keys()].filter(isFit);
      const last = former !== null && feeds.has(former) ? former : null;
      this.shard = fit[this.#seed % fit.length] ?? last;
    }
    this.slot = this.#slotOf(this.shard, homeOf);
    return this.shard !== former;
  }

  /** The one that it has, if that is still the shard's. */
  #slotOf(shard: string | null, homeOf: HomeOf): number {
    if (this.slot !== -1 && homeOf(this.slot) === shard) return this.slot;
    for (let slot = 0; slot < SLOT_COUNT; slot++) if (homeOf(slot) === shard) return slot;
    return -1;
  }
}
