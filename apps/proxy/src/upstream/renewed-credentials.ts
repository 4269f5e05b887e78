/**
 * Connections that are open when the credentials change prove the new ones, too: a server may end, at some time, what was
 * opened with others (ElastiCache and MemoryDB after 12 hours, unless a fresh token comes).
 */
import { encodeCommand } from '@keyfleet/resp';
import type { RoutingFollower } from '../route/routing.ts';
import { authCommand, type Credentials, type CredentialSource } from './credentials.ts';
import { NO_REQUEST, NO_SINK, SEVERAL_SLOTS } from './reply-sink.ts';
import type { ShardUpstream } from './shard-upstream.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** How often it is looked whether they have changed. */
const LOOK_MS = 1000;

export class RenewedCredentials implements RoutingFollower {
  readonly #source: CredentialSource;
  readonly #shards: () => readonly ShardUpstream[];
  readonly #proved = new WeakMap<UpstreamConnection, Credentials>();
  #lookedAtMs = -Infinity;

  constructor(source: CredentialSource, shards: () => readonly ShardUpstream[]) {
    this.#source = source;
    this.#shards = shards;
  }

  onApplied(): Promise<void> {
    return Promise.resolve();
  }

  onSwept(nowMs: number): void {
    if (!this.#source.isRenewed || nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = nowMs;
    this.#source.read('').then(
      (credentials) => this.#shards().forEach((shard) => this.#prove(shard, credentials)),
      // There are none now; whoever connects says so.
      () => undefined,
    );
  }

  #prove(shard: ShardUpstream, credentials: Credentials): void {
    for (const connection of shard.promptConnections()) {
      const former = this.#proved.get(connection) ?? connection.credentials;
      if (connection.state !== 'ready' || former === null) continue;
      if (isSame(former, credentials)) continue;
      this.#proved.set(connection, credentials);
      const bytes = encodeCommand(authCommand(credentials));
      // One that is refused stays what it was.
      const sink = { ...NO_SINK, onReply: () => undefined, onFailure: () => undefined };
      connection.send({ ...NO_REQUEST, sink, slot: SEVERAL_SLOTS, bytes, end: bytes.length });
    }
  }
}

function isSame(a: Credentials, b: Credentials): boolean {
  return a.user === b.user && a.password === b.password;
}
