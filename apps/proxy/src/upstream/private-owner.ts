import type { UpstreamConnection } from './upstream-connection.ts';

/** Who has a connection for itself. */
export type PrivateOwner = {
  onReady(connection: UpstreamConnection): void;
  /** Not ready yet: its server runs a script. It is asked again until it is. */
  onBusy?(connection: UpstreamConnection, error: Uint8Array): void;
  /** After everything that was pending was answered, with an error if need be. */
  onLost(because: string): void;
  onPush(bytes: Uint8Array, start: number, end: number): void;
  /** A hold waits until what is pending is answered. */
  onDrain(): void;
  /** What is pending may take for ever: a blocking command does. */
  readonly mayBeSilent: boolean;
};
