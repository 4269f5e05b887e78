/** What the way to a shard needs from the proxy around it. */
import type { ParkingLimits } from '../route/parking.ts';
import type { TroubleLog } from '../topology/trouble-log.ts';
import type { ConnectionClass } from './connection-class.ts';
import type { Outgoing } from './reply-sink.ts';
import type { ShardUpstream } from './shard-upstream.ts';
import type { TrackedListener } from './tracked-listener.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamEnv } from './upstream-env.ts';
import type { Refused } from './upstream-owner.ts';

export type ShardLimits = ParkingLimits & {
  idleMs: number;
  /** How long a server may take to answer a request. */
  opTimeoutMs: number;
  /** A server that owes a reply and says nothing for this long is taken for dead. */
  silenceMs: number;
  backoffMinMs: number;
  backoffMaxMs: number;
};

export type ShardEnv = UpstreamEnv & {
  shardLimits: ShardLimits;
  /** The shard takes commands again. */
  onReady: (shard: ShardUpstream) => void;
  /** Sends what a lost connection left over to whoever owns its slot now. */
  resend: (request: Outgoing, connectionClass: ConnectionClass) => void;
  /** A server refused it, and says who would do it, or when. */
  onRefused: (shard: ShardUpstream, connection: UpstreamConnection, refused: Refused) => void;
  trouble: TroubleLog;
  /** A server says, or shows, that the topology is out of date. Often: whoever asks anew does it with measure. */
  onStale: (because: string) => void;
  tracked: () => TrackedListener;
};
