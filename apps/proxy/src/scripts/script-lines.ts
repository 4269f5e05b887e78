/**
 * A connection to each shard that nothing else goes over, for what a server still hears while it runs a script: it reads no
 * connection that a script came from, and lets nobody prove who it is. So the line is opened when the first script goes to
 * a shard, not when somebody wants to end one.
 */
import { unreachable } from '../route/replies.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import { NO_REQUEST, NO_SINK, SEVERAL_SLOTS } from '../upstream/reply-sink.ts';
import type { PrivateOwner, ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';

export class ScriptLines {
  readonly #lines = new Map<ShardUpstream, ScriptLine>();

  /** Sees to it that there is one, soon. */
  keep(shard: ShardUpstream): ScriptLine {
    const known = this.#lines.get(shard);
    if (known !== undefined) return known;
    const line = new ScriptLine(shard, () => this.#lines.delete(shard));
    this.#lines.set(shard, line);
    line.open();
    return line;
  }
}

class ScriptLine implements PrivateOwner {
  readonly mayBeSilent = false;
  readonly #shard: ShardUpstream;
  readonly #onGone: () => void;
  #connection: UpstreamConnection | null = null;
  /** Why there is none; null: there is one, or will be. */
  #lostBecause: string | null = null;
  #isReady = false;
  readonly #known = Promise.withResolvers<null>();

  constructor(shard: ShardUpstream, onGone: () => void) {
    this.#shard = shard;
    this.#onGone = onGone;
  }

  open(): void {
    this.#connection = this.#shard.openPrivate(PLAIN_CLASS, this);
    if (this.#connection === null) this.onLost('it was not reached just now');
  }

  /** The server's reply, or the error that the client would have got. */
  async ask(request: Uint8Array): Promise<Uint8Array> {
    if (!this.#isReady) await this.#known.promise;
    if (this.#lostBecause !== null) return unreachable(this.#shard.id, this.#lostBecause);
    return new Promise((resolve) => {
      const sink = {
        ...NO_SINK,
        onReply: (_token: number, bytes: Uint8Array, start: number, end: number) =>
          resolve(new Uint8Array(bytes.subarray(start, end))),
        onFailure: (_token: number, error: Uint8Array) => resolve(error),
      };
      const whole = { bytes: request, start: 0, end: request.length };
      const order = { ...NO_REQUEST, sink, slot: SEVERAL_SLOTS, isWrite: false, ...whole };
      this.#connection!.send(order);
    });
  }

  onReady(): void {
    this.#isReady = true;
    this.#known.resolve(null);
  }

  onLost(because: string): void {
    this.#lostBecause = because;
    this.#known.resolve(null);
    this.#onGone();
  }

  onPush(): void {
    // Nobody asks for pushes on it.
  }

  onDrain(): void {
    // What is pending is answered at once.
  }
}
