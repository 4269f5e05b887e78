/**
 * A client that hides nothing: it sends on time, each request has a deadline, and every answer is counted as what it is.
 * Whoever misses the deadline closes the connection, as clients do whose answers come in order, and connects anew.
 */
import { connect, type Socket } from 'node:net';
import { encodeCommand, ErrorReply, ReplyDecoder, type Reply } from '@keyfleet/resp';
import type { Address } from '@keyfleet/testkit';
import type { ClientPlan } from './client-plan.ts';
import { errorKind } from './error-kind.ts';
import type { OwnKey } from './own-key.ts';

/** Who is told how each request ended. */
export type Outcomes = {
  readonly ok: (plan: ClientPlan, shard: number, sentMs: number) => void;
  readonly failed: (plan: ClientPlan, shard: number, kind: string) => void;
};

type Asked = {
  readonly key: OwnKey;
  readonly sentMs: number;
  /** Written; null: it was read. */
  readonly number: number | null;
  /** What was acknowledged of the key when it was sent. */
  readonly least: number;
};

const TIMEOUT = 'no answer in time';
const BEHIND_TIMEOUT = 'given up behind one without an answer';
const CLOSED = 'connection closed';
const UNASKED = 'answer to no request';

export class LoadClient implements Disposable {
  readonly #address: Address;
  readonly #plan: ClientPlan;
  readonly #outcomes: Outcomes;
  readonly #asked: Asked[] = [];
  #socket: Socket | null = null;
  #dueMs: number;
  #turn = 0;

  constructor(address: Address, plan: ClientPlan, { outcomes, startMs }: LoadStart) {
    this.#address = address;
    this.#plan = plan;
    this.#outcomes = outcomes;
    this.#dueMs = startMs;
  }

  /** To be called every few milliseconds. */
  tick(nowMs: number): void {
    const { deadlineMs, everyMs, windowMax } = this.#plan;
    const head = this.#asked[0];
    if (head !== undefined && nowMs - head.sentMs >= deadlineMs) this.#giveUp();
    if (nowMs < this.#dueMs || this.#asked.length >= windowMax) return;
    // What could not be sent on time is not made up for: a stall is not followed by a flood.
    this.#dueMs = Math.max(this.#dueMs + everyMs, nowMs);
    this.#send(nowMs);
  }

  [Symbol.dispose](): void {
    this.#asked.length = 0;
    this.#socket?.destroy();
    this.#socket = null;
  }

  #send(nowMs: number): void {
    const { keys, reads } = this.#plan;
    const steps = reads ? 2 : 1;
    const key = keys[Math.floor(this.#turn / steps) % keys.length]!;
    const isWrite = this.#turn % steps === 0;
    this.#turn++;
    const number = isWrite ? key.nextNumber() : null;
    this.#asked.push({ key, sentMs: nowMs, number, least: key.acknowledged });
    const args = number === null ? ['GET', key.name] : ['SET', key.name, key.valueOf(number)];
    this.#socket ??= this.#connect();
    this.#socket.write(encodeCommand(args));
  }

  #connect(): Socket {
    const socket = connect({ ...this.#address, noDelay: true });
    const decoder = new ReplyDecoder();
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#failAll(CLOSED);
    });
    socket.on('data', (bytes: Buffer) => {
      decoder.push(bytes);
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
        if (this.#socket !== socket) return;
        this.#settle(reply);
      }
    });
    return socket;
  }

  #settle(reply: Reply): void {
    const asked = this.#asked.shift();
    if (asked === undefined)
      return this.#outcomes.failed(this.#plan, this.#plan.keys[0]!.shard, UNASKED);
    const { key, sentMs, number } = asked;
    const fault = faultOf(reply, asked);
    if (fault !== null) return this.#outcomes.failed(this.#plan, key.shard, fault);
    if (number !== null) key.acknowledge(number);
    this.#outcomes.ok(this.#plan, key.shard, sentMs);
  }

  #giveUp(): void {
    this.#socket?.destroy();
    this.#socket = null;
    const head = this.#asked.shift()!;
    this.#outcomes.failed(this.#plan, head.key.shard, TIMEOUT);
    this.#failAll(BEHIND_TIMEOUT);
  }

  #failAll(kind: string): void {
    for (const { key } of this.#asked.splice(0)) this.#outcomes.failed(this.#plan, key.shard, kind);
  }
}

export type LoadStart = { readonly outcomes: Outcomes; readonly startMs: number };

function faultOf(reply: Reply, { key, number, least }: Asked): string | null {
  if (reply instanceof ErrorReply) return errorKind(reply.text);
  if (number !== null) return isOk(reply) ? null : 'SET answered with something else';
  if (reply !== null && typeof reply !== 'string') return 'GET answered with something else';
  return key.doubt(reply, least);
}

function isOk(reply: Reply): boolean {
  return typeof reply === 'object' && reply !== null && 'type' in reply && reply.type === 'status';
}
