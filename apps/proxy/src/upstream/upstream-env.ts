/** What a connection to a server needs from the proxy around it. */
import type { Counters } from '../admin/counters.ts';
import type { BlockPool } from '../transport/blocks.ts';
import type { LargeBlocks } from '../transport/large-blocks.ts';
import type { Transport } from '../transport/transport.ts';
import type { Turn } from '../turn.ts';
import type { Lease } from './lease.ts';
import type { CredentialSource } from './credentials.ts';
import type { SlowListener } from './slow-request.ts';
import type { UpstreamTraits } from './upstream-kind.ts';

export type UpstreamEnv = {
  traits: UpstreamTraits;
  transport: Pick<Transport, 'connect'>;
  turn: Turn;
  blocks: BlockPool;
  largeBlocks: LargeBlocks;
  lease: Lease;
  monotonicMs: () => number;
  wallMs: () => number;
  limits: UpstreamLimits;
  counters: Counters;
  slow: SlowListener;
  /** Null: the servers ask for no password. */
  credentials: CredentialSource | null;
  /** For the memory budget. */
  noteRead: (bytes: number) => void;
};

export type UpstreamLimits = {
  connectTimeoutMs: number;
  /** Requests and request bytes that wait for replies on one connection; clients wait beyond either. */
  inFlightMax: number;
  inFlightBytesMax: number;
  /** A reply that is at least this long may be passed on in parts. */
  partedBytesMin: number;
};
