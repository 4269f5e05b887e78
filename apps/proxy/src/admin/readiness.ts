/**
 * Whether a proxy may be sent traffic. At its start it waits until it has tried every shard. A shard that is away makes
 * no proxy unready: all proxies would be, and nobody could reach the shards that serve. Only a proxy that reaches none
 * is worth less than another.
 */
import type { Routing } from '../route/routing.ts';

export type ReadinessSources = {
  readonly routing: Pick<Routing, 'closedError' | 'shards'>;
  readonly isDraining: () => boolean;
};

export class Readiness {
  readonly #sources: ReadinessSources;
  #hasTriedAll = false;

  constructor(sources: ReadinessSources) {
    this.#sources = sources;
  }

  /** Null: ready. */
  notReadyBecause(): string | null {
    const { routing, isDraining } = this.#sources;
    if (isDraining()) return 'draining';
    if (routing.closedError !== null)
      return Buffer.from(routing.closedError).toString().trim().slice(1);
    const { shards } = routing;
    this.#hasTriedAll ||= shards.every((shard) => shard.isTried());
    const away = shards.filter((shard) => !shard.isReachable()).map((shard) => shard.id);
    const isLonely = away.length === shards.length && shards.length > 0;
    return this.#hasTriedAll && !isLonely ? null : `no connection to ${away.join(', ')}`;
  }
}
