/**
 * Whether servers that are not the platform's let the proxy have them track: one that denies it would not take a connection
 * that begins so, and who wants to read there would wait for it. So one is asked, before the first client's.
 */
import { encodeCommand } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { anyShard } from '../route/any-shard.ts';
import type { ParkingPlace } from '../route/parking.ts';
import { ShardCall, type ShardCallEnv } from '../route/shard-call.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import { isDenial } from '../wide/failure.ts';

/** It is off on the connections that are asked. */
const OFF = encodeCommand(['CLIENT', 'TRACKING', 'OFF']);
const PLACE: ParkingPlace = { id: 'CLIENT TRACKING', parking: { leave: () => undefined } };
/** How long a denial holds: rights change. */
const DENIED_MS = 1000;

export class Permission {
  readonly #env: ShardCallEnv;
  #isGiven: boolean;
  #denial: { readonly error: Uint8Array; readonly untilMs: number } | null = null;
  /** Who waits for the answer. */
  #waiting: Client[] = [];

  constructor(env: ShardCallEnv) {
    this.#env = env;
    this.#isGiven = env.routing.traits.ownsServers;
  }

  /** False: the client was told why not, or its request comes again. */
  isGivenOrWaits(client: Client): boolean {
    if (this.#isGiven) return true;
    const { routing, monotonicMs } = this.#env;
    const shard = anyShard(routing);
    if (this.#denial !== null && monotonicMs() < this.#denial.untilMs) {
      client.answer(this.#denial.error);
      return false;
    }
    if (shard === undefined || client.captured !== undefined) return true;
    client.waitFor(PLACE);
    this.#waiting.push(client);
    if (this.#waiting.length > 1) return false;
    const order = { owner: this, connectionClass: PLAIN_CLASS, isWrite: false, request: OFF };
    new ShardCall({ ...order, shard, onAnswer: (answer) => this.#note(answer) }, this.#env).start();
    return false;
  }

  #note(answer: Uint8Array | null): void {
    const isDenied = answer !== null && isDenial(answer);
    this.#isGiven = !isDenied;
    if (isDenied) this.#denial = { error: answer, untilMs: this.#env.monotonicMs() + DENIED_MS };
    for (const client of this.#waiting.splice(0)) if (client.parkedAt === PLACE) client.unpark();
  }
}
