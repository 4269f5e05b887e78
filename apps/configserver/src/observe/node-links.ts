import { shardPassword, type Clock } from '@keyfleet/runtime';
import { NodeLink, type Observation } from './node-link.ts';
import type { NodeRecord } from './store-state.ts';

/** A server that does not answer within this counts as silent in this round; the others do not wait for it. */
const LOOK_LIMIT_MS = 500;

/** One control connection for each registered node of a cluster. */
export class NodeLinks {
  readonly #cluster: string;
  readonly #clock: Clock;
  readonly #links = new Map<string, NodeLink>();
  #secret: string | null = null;

  constructor(cluster: string, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Looks at all nodes at once; forgets those that are not named any more or have moved, and all under a new secret. */
  async observe(
    nodes: readonly NodeRecord[],
    secret: string | null,
  ): Promise<Map<string, Observation>> {
    if (secret !== this.#secret) this.close();
    this.#secret = secret;
    this.#retain(nodes);
    const looks = nodes.map(async (node): Promise<[string, Observation]> => {
      return [node.id, await this.of(node.id).observe(LOOK_LIMIT_MS)];
    });
    return withoutDoubles(new Map(await Promise.all(looks)));
  }

  of(node: string): NodeLink {
    const link = this.#links.get(node);
    if (!link) throw new RangeError(`Cannot reach ${node}: it is not registered`);
    return link;
  }

  close(): void {
    this.#retain([]);
  }

  #retain(nodes: readonly NodeRecord[]): void {
    const wanted = new Map(nodes.map((node) => [node.id, node]));
    for (const [id, link] of this.#links) {
      const { host, port } = wanted.get(id) ?? {};
      if (link.target.host === host && link.target.port === port) continue;
      link.close();
      this.#links.delete(id);
    }
    for (const [id, node] of wanted) {
      if (!this.#links.has(id)) this.#links.set(id, this.#linkTo(node));
    }
  }

  #linkTo({ id: node, host, port, shard }: NodeRecord): NodeLink {
    const password = this.#secret === null ? null : shardPassword(this.#secret, shard);
    return new NodeLink({ cluster: this.#cluster, node, host, port, password }, this.#clock);
  }
}

/**
 * An address that was given to another pod may be registered twice for a while. One server must never count as
 * two nodes (as both halves of "all nodes answer", or as its own replica), so it counts as none.
 */
export function withoutDoubles(
  observations: ReadonlyMap<string, Observation>,
): Map<string, Observation> {
  const owners = new Map<string, string[]>();
  for (const [id, observation] of observations) {
    if (!('info' in observation)) continue;
    const { runId } = observation.info;
    owners.set(runId, [...(owners.get(runId) ?? []), id]);
  }
  const result = new Map(observations);
  for (const ids of owners.values()) {
    if (ids.length < 2) continue;
    const fault = `the same server answers for ${ids.join(' and ')}`;
    for (const id of ids) result.set(id, { fault });
  }
  return result;
}
