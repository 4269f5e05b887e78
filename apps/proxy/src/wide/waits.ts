/**
 * WAIT and WAITAOF: the least of what all shards say. A client's writes may be at any of them; so it waits for all that was
 * written before, its own among it.
 */
import type { Command } from '@keyfleet/commands';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { argumentText } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import type { PrivatePool } from '../session/private-pool.ts';
import { answerLater } from './answer-later.ts';
import { joined, wholeRequest } from './broadcast.ts';
import { combine } from './combine.ts';
import { WaitCall } from './wait-call.ts';

export type WaitsEnv = {
  readonly routing: Routing;
  readonly pool: PrivatePool;
  readonly monotonicMs: () => number;
  /** How late the answer of a server may be. */
  readonly silenceMs: number;
};

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

  /** The proxy stops. */
  endAll(): void {
    for (const client of [...this.#waiting.keys()]) this.end(client);
  }

  #wait(client: Client, command: Command): void {
    // What it wrote is answered first: then it is behind what the servers did.
    if (!client.isQuietOrWaits()) return;
    const { routing, pool } = this.#env;
    const silentUntilMs = this.#silentUntilMs(client);
    const request = wholeRequest(client);
    answerLater(client, routing, async () => {
      const { shards } = routing;
      const calls = shards.map((shard) => new WaitCall({ shard, pool, request, silentUntilMs }));
      this.#begin(client, calls);
      const replies = await Promise.all(calls.map((call) => call.reply));
      this.#waiting.delete(client);
      client.mode &= ~MODE.blocked;
      const answers = replies.map((reply, i) => ({ shard: shards[i]!, reply }));
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
