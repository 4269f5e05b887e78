/** Which server a SCAN asks, with which cursor, and the cursor that the client gets: without any I/O. */
import type { Topology } from '@keyfleet/topology';
import { keyspaceMap, type KeyspaceMap } from './keyspace-map.ts';
import { resumeScan, resumeSlot, type Position } from './resume-scan.ts';
import { decodeCursor, encodeCursor, NODE_CURSORS } from './scan-cursor.ts';

/** A scan whose map is not known any more begins anew; so does one of another proxy, which saw another topology. */
const MAPS_KEPT_MAX = 16;

export type ScanStep = {
  readonly map: KeyspaceMap;
  readonly shardId: string;
  readonly at: Position;
};

export class ScanPlanner {
  /** The newest last. */
  readonly #maps: KeyspaceMap[] = [];
  #topology: Topology | null = null;

  /** The map of now. */
  map(topology: Topology): KeyspaceMap {
    if (topology === this.#topology) return this.#maps.at(-1)!;
    this.#topology = topology;
    const map = keyspaceMap(topology);
    const known = this.#maps.findIndex(({ name }) => name === map.name);
    if (known !== -1) this.#maps.splice(known, 1);
    else if (this.#maps.length === MAPS_KEPT_MAX) this.#maps.shift();
    this.#maps.push(map);
    return map;
  }

  /** `slot`: of all keys that match, where that is known. Null: the scan is over. */
  plan(cursor: bigint, slot: number | null, topology: Topology): ScanStep | null {
    const map = this.map(topology);
    const at = this.#resume(cursor, slot, map);
    const shard = at === null ? undefined : map.shards[at.shard];
    return at === null || shard === undefined ? null : { map, at, shardId: shard.id };
  }

  /** The client's next cursor, when the server said `node`; null: it does not fit. */
  next({ map, at }: ScanStep, node: bigint, slot: number | null): bigint | null {
    if (node >= NODE_CURSORS) return null;
    if (node !== 0n) return encodeCursor({ map: map.name, shard: at.shard, node });
    const isLast = slot !== null || at.shard + 1 === map.shards.length;
    return isLast ? 0n : encodeCursor({ map: map.name, shard: at.shard + 1, node });
  }

  /** The cursor that asks the same once more. */
  again({ map, at }: ScanStep): bigint {
    return encodeCursor({ map: map.name, ...at });
  }

  #resume(cursor: bigint, slot: number | null, now: KeyspaceMap): Position | null {
    const { map, ...at } = decodeCursor(cursor);
    const then = cursor === 0n ? undefined : this.#maps.find(({ name }) => name === map);
    if (then === undefined) return { shard: slot === null ? 0 : now.owners[slot]!, node: 0n };
    return slot === null ? resumeScan(at, then, now) : resumeSlot(at, { slot, then, now });
  }
}
