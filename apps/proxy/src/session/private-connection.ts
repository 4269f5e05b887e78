/** A connection to a shard that one client has for itself for a time: what it watches or waits for is kept by the server. */
import { decodeReply, encodeCommand } from '@keyfleet/resp';
import {
  databaseOf,
  isNoTouch,
  untracked,
  versionOf,
  type ConnectionClass,
} from '../upstream/connection-class.ts';
import { NO_REQUEST, NO_SINK, SEVERAL_SLOTS, type ReplySink } from '../upstream/reply-sink.ts';
import type { PrivateOwner } from '../upstream/private-owner.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';

const CLIENT_ID = encodeCommand(['CLIENT', 'ID']);

/** Who has it at the time. */
export interface PrivateUser {
  /** It can be sent to. */
  onReady(connection: PrivateConnection): void;
  /** Not ready yet: its server runs a script, and says so. It is asked again until it is ready. */
  onBusy?(error: Uint8Array): void;
  /** It is gone. What was pending is answered with an error, before this or right after it. */
  onLost(): void;
  /** A hold waits until what is pending is answered. */
  onDrain(): void;
}

export type PrivateOrder = {
  readonly shard: ShardUpstream;
  readonly connectionClass: ConnectionClass;
  readonly user: PrivateUser;
  /** It is closed or lost. */
  readonly onGone: (connection: PrivateConnection) => void;
  readonly monotonicMs: () => number;
};

export class PrivateConnection implements PrivateOwner {
  readonly shard: ShardUpstream;
  /** As it was opened. */
  readonly connectionClass: ConnectionClass;
  /** As it is now. */
  presentClass: ConnectionClass;
  user: PrivateUser | null;
  /** What is pending blocks: the server may say nothing until then. */
  silentUntilMs = -Infinity;
  isReady = false;
  isClosed = false;
  /** Not to be kept: it was asked to unblock, which may come late, and would hit the next who blocks on it. */
  isSpent = false;
  /** By which the server knows it; null: it has not said yet. */
  serverClientId: number | null = null;
  /** It will not say, or not let it be used: nothing can be unblocked. */
  isAnonymous = false;
  readonly #env: Pick<PrivateOrder, 'onGone' | 'monotonicMs'>;
  #connection: UpstreamConnection | null = null;

  constructor({ shard, connectionClass, user, ...env }: PrivateOrder) {
    this.shard = shard;
    this.connectionClass = this.presentClass = connectionClass;
    this.user = user;
    this.#env = env;
  }

  /** False: the shard has no primary, or was not reached just now. */
  open(): boolean {
    this.#connection = this.shard.openPrivate(this.connectionClass, this);
    return this.#connection !== null;
  }

  get mayBeSilent(): boolean {
    return this.#env.monotonicMs() < this.silentUntilMs;
  }

  /** The life of the server behind it. */
  get life(): string {
    return this.#connection!.life;
  }

  get upstream(): UpstreamConnection {
    return this.#connection!;
  }

  send(bytes: Uint8Array, isWrite: boolean, sink: ReplySink = NO_SINK): void {
    const whole = { bytes, start: 0, end: bytes.length };
    this.upstream.send({ ...NO_REQUEST, sink, slot: SEVERAL_SLOTS, isWrite, ...whole });
  }

  /** What follows is in the protocol and the database of `wanted`, and touches as it does. */
  switchTo(wantedOfClient: ConnectionClass): void {
    const wanted = untracked(wantedOfClient);
    const present = this.presentClass;
    this.presentClass = wanted;
    const [version, database] = [versionOf(wanted), databaseOf(wanted)];
    if (versionOf(present) !== version) this.send(encodeCommand(['HELLO', String(version)]), false);
    if (databaseOf(present) !== database)
      this.send(encodeCommand(['SELECT', String(database)]), false);
    if (isNoTouch(present) !== isNoTouch(wanted))
      this.send(encodeCommand(['CLIENT', 'NO-TOUCH', isNoTouch(wanted) ? 'ON' : 'OFF']), false);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.shard.closePrivate(this.upstream);
    this.#env.onGone(this);
  }

  onReady(): void {
    if (this.isReady) return;
    this.isReady = true;
    this.send(CLIENT_ID, false, {
      ...NO_SINK,
      onReply: (_token, bytes, start, end) => this.#noteId(decodeReply(bytes, start, end)),
    });
    this.user?.onReady(this);
  }

  onBusy(_connection: UpstreamConnection, error: Uint8Array): void {
    this.user?.onBusy?.(error);
  }

  onLost(): void {
    this.isClosed = true;
    this.#env.onGone(this);
    this.user?.onLost();
  }

  onPush(): void {
    // Nobody asks for pushes on it.
  }

  onDrain(): void {
    this.user?.onDrain();
  }

  #noteId(id: unknown): void {
    if (typeof id === 'number') this.serverClientId = id;
    else this.isAnonymous = true;
  }
}
