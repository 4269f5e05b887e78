/**
 * How often servers refused what was sent on private connections, and where it goes next: nothing was done (redirects.ts),
 * so it goes again, on a connection to whoever the server named.
 */
import { REDIRECTS_MAX } from '../route/redirects.ts';
import type { Routing } from '../route/routing.ts';
import { readRedirect, type Redirect } from '../upstream/redirect.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { PrivateConnection } from './private-connection.ts';

/** A refusal so long after the last is one of its own. */
const ANEW_MS = 1000;

export type RefusalsEnv = { readonly routing: Routing; readonly monotonicMs: () => number };

export class Refusals {
  /** Who is to be asked, though the slot is still another's; null: the owner of the slot. */
  at: ShardUpstream | null = null;
  readonly #env: RefusalsEnv;
  #count = 0;
  #sinceMs = 0;
  #lastMs = -Infinity;

  constructor(env: RefusalsEnv) {
    this.#env = env;
  }

  /** True: `again` is called, now or later. False: that does not help any more. */
  take(
    {
      connection,
      slot,
      redirect,
    }: { connection: PrivateConnection; slot: number; redirect: Redirect },
    again: () => void,
  ): boolean {
    const { routing, monotonicMs } = this.#env;
    const nowMs = monotonicMs();
    if (nowMs - this.#lastMs > ANEW_MS) {
      this.#count = 0;
      this.#sinceMs = nowMs;
    }
    this.#lastMs = nowMs;
    const request = { slot, redirects: ++this.#count };
    const way = routing.wayOf(connection.shard, connection.upstream, { request, redirect });
    this.at = way.asks ? way.shard : null;
    if (this.#count > REDIRECTS_MAX) return false;
    if (way.delayMs > 0) return routing.retryLater(this.#count, this.#sinceMs, again);
    again();
    return true;
  }
}

/** What a server says who did not do it, if servers say such things; null: it is an answer. */
export function refusalOf({ traits }: Routing, reply: Uint8Array): Redirect | null {
  return traits.redirects ? readRedirect(reply, 0, reply.length) : null;
}
