/** Who has a connection to a server, and hears what becomes of it. */
import type { Behind } from './behind.ts';
import type { Redirect } from './redirect.ts';
import type { Outgoing } from './reply-sink.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

export interface UpstreamOwner {
  /** Not ready: it runs a script, and proves nothing meanwhile. It is asked again by `checkAgain`. */
  onBusy(connection: UpstreamConnection, error: Uint8Array): void;
  /** Something came, though it is held. */
  onMoved(connection: UpstreamConnection): void;
  /** Ready to be sent to, or, after a full queue, ready again. */
  onRoom(connection: UpstreamConnection): void;
  /** Gone. */
  onLost(connection: UpstreamConnection, loss: Loss): void;
  /** RESP3: what the server says without being asked, borrowed for the call. */
  onPush(connection: UpstreamConnection, bytes: Uint8Array, start: number, end: number): void;
  /** Of a replica: any error, borrowed for the call, with its request. Without it: who waits for the reply gets it. */
  onErrorReply?(connection: UpstreamConnection, request: Outgoing, error: Uint8Array): void;
  /** The server did not do what it was asked, and says who would, or when. */
  onRefused(connection: UpstreamConnection, refused: Refused): void;
}

export type Loss = {
  because: string;
  /** The server's or the network's doing, not ours. */
  isFault: boolean;
  /** The requests that may go elsewhere, in their order. */
  resend: Outgoing[];
};

export type Refused = {
  readonly request: Outgoing;
  readonly redirect: Redirect;
  /** The server's own words. */
  readonly error: Uint8Array;
  /** Those of the same client and slot that are in flight behind it, and must not come before it. */
  readonly behind: Behind;
};
