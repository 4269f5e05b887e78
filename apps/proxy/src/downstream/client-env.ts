/** What a client needs from the proxy around it. */
import type { LargeBlocks } from '../transport/large-blocks.ts';
import type { Turn } from '../turn.ts';
import type { Client } from './client.ts';
import type { ReplyBlocks } from './outbox.ts';

export type ClientLimits = {
  /** Replies that one client may wait for, and their bytes together with what it has not read. */
  pendingMax: number;
  outputBytesMax: number;
  /** Input that is kept while it is blocked; beyond it the socket is not read. */
  inputBytesMax: number;
  /** One request; above it the connection is closed, as Redis does at client-query-buffer-limit. */
  requestBytesMax: number;
};

export type ClientEnv = {
  turn: Turn;
  blocks: ReplyBlocks;
  largeBlocks: LargeBlocks;
  limits: ClientLimits;
  /** Takes the client's current request: it is answered, sent, parked or made to wait before this returns. */
  dispatch: (client: Client) => void;
  /** A request that waited for its shard got an error: it is not dispatched again. */
  onUnserved: (client: Client) => void;
  onClosed: (client: Client) => void;
  /** The time, as of some hundredths of a second ago. */
  recent: { readonly nowMs: number };
  /** For the memory budget. */
  noteRead: (bytes: number) => void;
};
