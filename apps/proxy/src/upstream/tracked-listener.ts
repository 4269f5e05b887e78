/** Who hears what connections tell on which servers track what is read. */
import type { ConnectionClass } from './connection-class.ts';
import type { ShardUpstream } from './shard-upstream.ts';

export interface TrackedListener {
  /** A push, borrowed for the call. */
  onPush(shard: ShardUpstream, connectionClass: ConnectionClass, push: Uint8Array): void;
  /** It is ready: nothing was told of what changed before. */
  onReady(shard: ShardUpstream, connectionClass: ConnectionClass): void;
  /** It is lost, and with it what its server tracked. */
  onLost(shard: ShardUpstream, connectionClass: ConnectionClass): void;
  /** It must be there although nothing is sent on it. */
  isUsed(connectionClass: ConnectionClass): boolean;
}

export const NOBODY_LISTENS: TrackedListener = {
  onPush: () => undefined,
  onReady: () => undefined,
  onLost: () => undefined,
  isUsed: () => false,
};
