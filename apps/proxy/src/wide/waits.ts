/**
 * WAIT and WAITAOF: the least of what all shards say. A client's writes may be at any of them; so it waits for all that was
 * written before, its own among it.
 */
import type { Command } from '@keyfleet/commands';
import { encode } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import type { ClientActivity } from '../local/client-line.ts';
import type { PrivatePool } from '../session/private-pool.ts';
import type { Unblocker } from '../session/unblocker.ts';
import type { UnblockOrder } from '../workers/processes.ts';
import { answerLater } from './answer-later.ts';
import { joined, wholeRequest } from './broadcast.ts';
import { combine } from './combine.ts';
import { WaitCall } from './wait-call.ts';
import { waitMark } from './wait-mark.ts';

export type WaitsEnv = {
  readonly routing: Routing;
  readonly pool: PrivatePool;
  readonly unblocker: Unblocker;
  readonly monotonicMs: () => number;
  /** How late the answer of a server may be. */
  readonly silenceMs: number;
};

/** Of a server that need not be waited for, since another one failed. */
const NOT_TOLD = encode.integer(0);
const UNBLOCKED = Buffer.from('-UNBLOCKED ');

export class Waits {
  readonly #env: WaitsEnv;
  readonly #waiting = new Map<Client, readonly WaitCall[]>();

  constructor(env: WaitsEnv) {
    this.#env = env;
  }

  /** Clients that wait. */
  get count(): number {
    return this.#waiting.size;
  }

  handlers(): Handlers {
    return [
      ['wait', (client, command) => this.#wait(client, command)],
      ['waitaof', (client, command) => this.#wait(client, command)],
    ];
  }

  /** Its client is gone. */
  end(client: Client): void {
    for (const call of this.#waiting.get(client) ?? []) call.end(errors.holdLimit);
  }

  /** False: no client of this process with this id waits here. */
  unblock({ id, reason }: UnblockOrder): boolean {
    const found = [...this.#waiting].find(([client]) => client.id === id);
    for (const call of found?.[1] ?? []) call.unblock(reason);
    return found !== undefined;
  }

  activityOf(client: Client): Partial<ClientActivity> {
    return this.#waiting.has(client) ? { isBlocked: true } : {};
  }

  /** The proxy stops. */
  endAll(): void {
    for (const client of [...this.#waiting.keys()]) this.end(client);
  }

  #wait(client: Client, command: Command): void {
    // What it wrote is answered first: then it is behind what the servers did.
    if (!client.isQuietOrWaits()) return;
    const { routing } = this.#env;
    const silentUntilMs = this.#silentUntilMs(client);
    const request = wholeRequest(client);
    answerLater(client, routing, async () => {
      const marked = routing.shards.flatMap((shard) => {
        const mark = waitMark(routing, shard);
        return mark === null ? [] : [{ shard, mark }];
      });
      const onFailed = (): void => {
        for (const call of calls) call.end(NOT_TOLD);
      };
      const order = { ...this.#env, request, silentUntilMs, onFailed };
      const calls = marked.map((at) => new WaitCall({ ...order, ...at }));
      this.#begin(client, calls);
      const replies = await Promise.all(calls.map((call) => call.reply));
      this.#waiting.delete(client);
      client.mode &= ~MODE.blocked;
      const unblocked = replies.find((reply) =>
        UNBLOCKED.equals(reply.subarray(0, UNBLOCKED.length)),
      );
      if (unblocked !== undefined) return unblocked;
      const answers = replies.map((reply, i) => ({ shard: marked[i]!.shard, reply }));
      return joined(command, answers, () =>
        combine(command.responsePolicy, replies, client.respVersion),
      );
    });
  }

  #begin(client: Client, calls: readonly WaitCall[]): void {
    this.#waiting.set(client, calls);
    client.mode |= MODE.blocked;
    if (client.hasEnded) return client.cutOff();
    for (const call of calls) call.start();
  }

  /** The last argument is the time in ms; 0: for ever. What is no time the servers refuse. */
  #silentUntilMs({ request }: Client): number {
    const text = argumentText(request, request.count - 1);
    const timeoutMs = /^\d{1,15}$/.test(text) ? Number(text) : 1;
    const { monotonicMs, silenceMs } = this.#env;
    return timeoutMs === 0 ? Infinity : monotonicMs() + timeoutMs + silenceMs;
  }
}
