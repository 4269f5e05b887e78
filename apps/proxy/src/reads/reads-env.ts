import type { ConnectionClass } from '../upstream/connection-class.ts';
import type { Outgoing } from '../upstream/reply-sink.ts';
import type { ShardLimits } from '../upstream/shard-env.ts';
import type { UpstreamEnv } from '../upstream/upstream-env.ts';

/** What the way to a replica needs from the proxy around it. */
export type ReplicaEnv = UpstreamEnv & {
  readonly shardLimits: Pick<ShardLimits, 'idleMs' | 'backoffMinMs' | 'backoffMaxMs'>;
  /** A replica that owes a reply for so long is left. */
  readonly replicaSilenceMs: () => number;
  /** Sends what a replica did not answer to the primary that owns its slots now. */
  readonly sendToPrimary: (request: Outgoing, connectionClass: ConnectionClass) => void;
};
