import { errors } from '../route/replies.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamOwner } from './upstream-owner.ts';

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

/** What `owner` is to hear of its connection. Nothing of it is ever sent elsewhere. */
export function ownerOfPrivate(
  owner: PrivateOwner,
  shard: {
    readonly onBusy: (error: Uint8Array) => void;
    readonly onGone: (connection: UpstreamConnection) => void;
  },
): UpstreamOwner {
  return {
    onRoom: (of) => owner.onReady(of),
    onMoved: () => undefined,
    onBusy: (of, error) => {
      shard.onBusy(error);
      owner.onBusy?.(of, error);
    },
    onPush: (_of, bytes, start, end) => owner.onPush(bytes, start, end),
    onRefused: (_of, { request, error }) =>
      request.sink.onReply(request.token, error, 0, error.length),
    onLost: (of, { because, resend }) => {
      shard.onGone(of);
      for (const { sink, token, isRetry } of resend)
        sink.onFailure(token, isRetry ? errors.readLost : errors.notSent);
      owner.onLost(because);
    },
  };
}
