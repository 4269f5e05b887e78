/**
 * Requests of the proxy to shards on behalf of a client whose command is about all of them. They go on the connections
 * that the client's own commands go on, behind what it sent before.
 *
 * **Invariant:** what may have been done is not sent twice. A read whose connection was lost, and whatever was not sent,
 * goes once more: to the primary of then.
 */
import { anyShard } from '../route/any-shard.ts';
import { NextTopology } from './next-topology.ts';
import { errors } from '../route/replies.ts';
import type { Routing } from '../route/routing.ts';
import { ShardCall, type ShardCallEnv } from '../route/shard-call.ts';
import type { ConnectionClass } from '../upstream/connection-class.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';

/** Whose commands the calls keep their order with: a client. */
export type Caller = {
  readonly connectionClass: ConnectionClass;
  readonly isClosed: boolean;
  /** What is kept of its replies. */
  gatheredBytes: number;
};

export type Call = {
  readonly client: Caller;
  /** A whole multibulk frame, of its own memory. */
  readonly request: Uint8Array;
  readonly isWrite: boolean;
};

export type ShardAnswer = {
  readonly shard: ShardUpstream;
  /** The reply of the server, or the error that the client would have got. */
  readonly reply: Uint8Array;
};

export class ShardCalls {
  readonly #env: ShardCallEnv;
  readonly #nextTopology = new NextTopology();

  constructor(env: ShardCallEnv) {
    this.#env = env;
    env.routing.followers.push(this.#nextTopology);
  }

  get routing(): Routing {
    return this.#env.routing;
  }

  /** The answers in the order of `shards`, without those of shards that are no more. */
  async all(
    call: Call,
    shards: readonly ShardUpstream[] = this.routing.shards,
  ): Promise<ShardAnswer[]> {
    const { client } = call;
    let keptBytes = 0;
    const answers = shards.map(async (shard) => {
      const reply = await this.one(shard, call);
      keptBytes += reply?.length ?? 0;
      client.gatheredBytes += reply?.length ?? 0;
      return { shard, reply };
    });
    const gathered = await Promise.all(answers);
    client.gatheredBytes -= keptBytes;
    return gathered.filter((answer): answer is ShardAnswer => answer.reply !== null);
  }

  /** Null: the shard is no more. A slot stands for the shard that owns it. */
  async one(shard: ShardUpstream | number, call: Call): Promise<Uint8Array | null> {
    const reply = await this.#once(shard, call);
    const isUndone = reply === errors.notSent || (!call.isWrite && reply === errors.readLost);
    return isUndone && !call.client.isClosed ? this.#once(shard, call) : reply;
  }

  /** The topology is out of date: resolves when there is another, or none came in time. */
  refreshed(because: string): Promise<void> {
    this.routing.noteStale(because);
    return this.#nextTopology.wait();
  }

  /** For what every shard answers alike. */
  async any(call: Call): Promise<Uint8Array> {
    const shard = anyShard(this.routing);
    const reply = shard === undefined ? null : await this.one(shard, call);
    return reply ?? errors.holdLimit;
  }

  #once(
    shard: ShardUpstream | number,
    { client, request, isWrite }: Call,
  ): Promise<Uint8Array | null> {
    const { connectionClass } = client;
    return new Promise((onAnswer) => {
      const order = { owner: client, shard, connectionClass, isWrite, request, onAnswer };
      new ShardCall(order, this.#env).start();
    });
  }
}
