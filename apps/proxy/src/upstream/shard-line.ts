/**
 * A connection to a shard that nothing else goes over, for what a server still hears while it runs a script: it reads no
 * connection that a script came from, and lets nobody prove who it is. So the line is opened when the first script goes to
 * a shard, or when a reply is late, not when somebody wants to end one.
 *
 * One that is opened later leads to a server that only says BUSY. It is asked nevertheless: it took the shard's password,
 * and what goes here (PING, SCRIPT KILL, FUNCTION KILL, FUNCTION STATS) touches no data.
 */
import { unreachable } from '../route/replies.ts';
import { PLAIN_CLASS } from './connection-class.ts';
import { NO_REQUEST, NO_SINK, SEVERAL_SLOTS } from './reply-sink.ts';
import type { PrivateOwner } from './private-owner.ts';
import type { ShardUpstream } from './shard-upstream.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

type Question = {
  /** A whole multibulk frame. */
  readonly request: Uint8Array;
  /** Once: the server's reply, or the error that the client would have got. */
  readonly onAnswer: (answer: Uint8Array) => void;
};

export class ShardLine implements PrivateOwner {
  readonly mayBeSilent = false;
  readonly #shard: Pick<ShardUpstream, 'id' | 'openPrivate'>;
  #connection: UpstreamConnection | null = null;
  #waiting: Question[] = [];

  constructor(shard: Pick<ShardUpstream, 'id' | 'openPrivate'>) {
    this.#shard = shard;
  }

  /** Sees to it that there is one, soon. */
  keep(): void {
    this.#connection ??= this.#shard.openPrivate(PLAIN_CLASS, this);
  }

  ask(request: Uint8Array, onAnswer: Question['onAnswer']): void {
    this.keep();
    if (this.#connection === null)
      return onAnswer(unreachable(this.#shard.id, 'it was not reached just now'));
    this.#waiting.push({ request, onAnswer });
    if (isListening(this.#connection)) this.#sendAll(this.#connection);
  }

  onReady(connection: UpstreamConnection): void {
    this.#sendAll(connection);
  }

  onBusy(connection: UpstreamConnection): void {
    this.#sendAll(connection);
  }

  onLost(because: string): void {
    this.#connection = null;
    for (const { onAnswer } of this.#waiting.splice(0))
      onAnswer(unreachable(this.#shard.id, because));
  }

  onPush(): void {
    // Nobody asks for pushes on it.
  }

  onDrain(): void {
    // What is pending is answered at once.
  }

  #sendAll(connection: UpstreamConnection): void {
    for (const { request, onAnswer } of this.#waiting.splice(0)) {
      const sink = {
        ...NO_SINK,
        onReply: (_token: number, bytes: Uint8Array, start: number, end: number) =>
          onAnswer(new Uint8Array(bytes.subarray(start, end))),
        onFailure: (_token: number, error: Uint8Array) => onAnswer(error),
      };
      const whole = { bytes: request, start: 0, end: request.length };
      connection.send({ ...NO_REQUEST, sink, slot: SEVERAL_SLOTS, isWrite: false, ...whole });
    }
  }
}

function isListening({ state }: UpstreamConnection): boolean {
  return state === 'ready' || state === 'busy';
}
