/**
 * WATCH: the keys are watched by their server, for a connection that the client has for itself until EXEC, which goes
 * over it too. Whatever might hide a conflict breaks the watch, and then EXEC answers null and does nothing: the
 * connection was lost, its slot was held (a hold is how another server comes to own it), or another shard owns the slot.
 *
 * Servers that know slots refuse what is not theirs. The first WATCH goes again then, also to where its slot is about to go;
 * what is refused later breaks the watch. A key that is not there may come into being at the next owner, while others of its
 * slot are still here: so EXEC asks for the watched keys besides (`guard`), which is refused then.
 */
import { encodeCommand } from '@keyfleet/resp';
import { argumentBytes } from '../pubsub/arguments.ts';
import type { Client } from '../downstream/client.ts';
import { NO_SINK, type ReplySink } from '../upstream/reply-sink.ts';
import type { Redirect } from '../upstream/redirect.ts';
import { OK } from '../route/replies.ts';
import type { PrivateConnection, PrivateUser } from './private-connection.ts';
import { Refusals, refusalOf } from './refusals.ts';
import { requestOf } from './request-of.ts';
import { PrivateWay, type WayEnv } from './private-way.ts';

const MINUS = 0x2d;
const ASKING = encodeCommand(['ASKING']);

/** What one client watches. */
export class Watch implements PrivateUser {
  readonly slot: number;
  isBroken = false;
  #isOver = false;
  /** By a server: what is refused now may hide a conflict. */
  #isWatched = false;
  keyCount = 0;
  readonly #client: Client;
  readonly #env: WayEnv;
  readonly #onRefused: () => void;
  readonly #refusals: Refusals;
  readonly #keys: Uint8Array[] = [];
  #way: PrivateWay | null = null;
  #connection: PrivateConnection | null = null;

  /** `onRefused`: there is nothing to watch with, and its client was told. */
  constructor(client: Client, slot: number, env: WayEnv, onRefused: () => void) {
    this.#client = client;
    this.slot = slot;
    this.#env = env;
    this.#onRefused = onRefused;
    this.#refusals = new Refusals(env);
  }

  /** Has the server watch the keys of `frame`; the client's reply, at its place `token`, says so. */
  add(frame: Uint8Array, token: number): void {
    const request = requestOf(frame);
    for (let i = 1; i < request.count; i++) this.#keys.push(argumentBytes(request, i));
    if (this.isBroken) return this.#client.onReply(token, OK, 0, OK.length);
    if (this.#connection !== null) return this.#send(frame, token);
    this.#begin(frame, token);
  }

  /** What is to be among the commands of EXEC; null: nothing. */
  get guard(): Uint8Array | null {
    return this.#env.routing.traits.redirects ? encodeCommand(['EXISTS', ...this.#keys]) : null;
  }

  /** Its server does not own the slot yet. */
  get isAheadOfSlot(): boolean {
    return this.#connection !== null && this.#connection.shard === this.#refusals.at;
  }

  #begin(frame: Uint8Array, token: number): void {
    this.#way = new PrivateWay(
      {
        slot: this.slot,
        at: this.#refusals.at,
        isWrite: false,
        connectionClass: this.#client.connectionClass,
        bytes: frame.length,
        untilMs: Infinity,
        onThere: (connection) => {
          this.#way = null;
          this.#connection = connection;
          connection.user = this;
          this.#send(frame, token);
        },
        onRefused: (error) => {
          this.#way = null;
          this.#onRefused();
          this.#client.onFailure(token, error);
        },
      },
      this.#env,
    );
    this.#way.start();
  }

  /** False: the transaction must not be done. */
  get isWhole(): boolean {
    return !this.isBroken && this.#connection !== null && this.#isOwned(this.#connection);
  }

  /** The connection for EXEC, which is the caller's then. Only when it is whole. */
  take(): PrivateConnection {
    const connection = this.#connection!;
    this.#connection = null;
    connection.user = null;
    return connection;
  }

  /** The client watches nothing any more. */
  end(): void {
    this.#isOver = true;
    this.#way?.cancel();
    this.#giveBack();
  }

  onApplied(): void {
    if (this.#connection !== null && !this.#isOwned(this.#connection)) this.#break();
  }

  onReady(): void {
    // It was when it came.
  }

  onLost(): void {
    this.#connection = null;
    this.isBroken = true;
  }

  onDrain(): void {
    if (!this.#env.routing.mayPass(this.slot, true)) this.#break();
  }

  #isOwned({ shard }: PrivateConnection): boolean {
    const { routing } = this.#env;
    return shard === this.#refusals.at || routing.shards[routing.owners[this.slot]!] === shard;
  }

  #break(): void {
    this.isBroken = true;
    this.#giveBack();
  }

  #giveBack(): void {
    const connection = this.#connection;
    this.#connection = null;
    if (connection !== null) this.#env.pool.releaseWatching(connection);
  }

  #send(frame: Uint8Array, token: number): void {
    const client = this.#client;
    const connection = this.#connection!;
    connection.switchTo(client.connectionClass);
    const sink: ReplySink = {
      ...NO_SINK,
      owner: client,
      onReply: (_token, bytes, start, end) => {
        const refusal = refusalOf(this.#env.routing, bytes.subarray(start, end));
        if (refusal !== null) return this.#onRefusal(refusal, frame, token);
        if (bytes[start] === MINUS) this.isBroken = true;
        else this.#isWatched = true;
        client.onReply(token, bytes, start, end);
      },
      // It may watch, or not: EXEC will not be done. That is all that the client has to know.
      onFailure: () => {
        this.isBroken = true;
        client.onReply(token, OK, 0, OK.length);
      },
    };
    if (this.isAheadOfSlot) connection.send(ASKING, false);
    connection.send(frame, false, sink);
  }

  #onRefusal(redirect: Redirect, frame: Uint8Array, token: number): void {
    const connection = this.#connection;
    this.#giveBack();
    const mayGo = connection !== null && !this.#isWatched && !this.#isOver;
    const order = { connection: connection!, slot: this.slot, redirect };
    if (mayGo && this.#refusals.take(order, () => this.#beginAgain(frame, token))) return;
    this.isBroken = true;
    this.#client.onReply(token, OK, 0, OK.length);
  }

  #beginAgain(frame: Uint8Array, token: number): void {
    if (!this.#isOver) this.#begin(frame, token);
  }
}
