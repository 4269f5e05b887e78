import { describe, expect, it } from 'vitest';
import { Counters } from '../admin/counters.ts';
import type { Client } from '../downstream/client.ts';
import { NO_REQUEST, NO_SINK, type Outgoing } from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { Hedges } from './hedges.ts';

const REPLY = Buffer.from('+first\r\n');
const OTHER = Buffer.from('+second\r\n');

/** Reads that are sent, to nobody; time passes when the test says so. */
function start(hedgeMs = 10) {
  const counters = new Counters();
  const sent: Outgoing[] = [];
  const told: string[] = [];
  const sleeping: (() => void)[] = [];
  const clock = { nowMs: 0 };
  const hedges = new Hedges({
    monotonicMs: () => clock.nowMs,
    sleep: () => new Promise((resolve) => sleeping.push(resolve)),
    counters,
    hedgeMs: () => hedgeMs,
    chooseOther: () =>
      ({ send: (request: Outgoing) => sent.push({ ...request }) }) as unknown as UpstreamConnection,
  });
  const client = {
    ...NO_SINK,
    onReply: (token: number, bytes: Uint8Array) => told.push(`${token} ${String(bytes)}`),
    onFailure: (token: number, error: Uint8Array) => told.push(`${token} ${String(error)}`),
  } as unknown as Client;
  const read = (token: number): Outgoing => {
    const outgoing = { ...NO_REQUEST, sink: client, token };
    hedges.begin(outgoing, client, 'a');
    return outgoing;
  };
  const pass = async (ms: number): Promise<void> => {
    clock.nowMs += ms;
    for (const wake of sleeping.splice(0)) wake();
    await new Promise(setImmediate);
  };
  return { counters, sent, told, read, pass };
}

const reply = ({ sink, token }: Outgoing, bytes: Uint8Array): void =>
  sink.onReply(token, bytes, 0, bytes.length);

describe('a read that is hedged', () => {
  it('goes to one server while that answers in time', async () => {
    const { sent, told, read, pass } = start();
    const first = read(7);
    reply(first, REPLY);
    await pass(10);
    expect([sent, told]).toEqual([[], [`7 ${String(REPLY)}`]]);
  });

  it('goes to a second one when it is late, and whoever answers first is heard', async () => {
    const { counters, sent, told, read, pass } = start();
    const first = read(7);
    await pass(10);
    reply(sent[0]!, OTHER);
    reply(first, REPLY);
    expect(told).toEqual([`7 ${String(OTHER)}`]);
    expect([counters.hedges, counters.hedgesWon]).toEqual([1, 1]);
  });

  it('fails only when both do', async () => {
    const { sent, told, read, pass } = start();
    const first = read(7);
    await pass(10);
    first.sink.onFailure(first.token, REPLY);
    expect(told).toEqual([]);
    sent[0]!.sink.onFailure(sent[0]!.token, OTHER);
    expect(told).toEqual([`7 ${String(OTHER)}`]);
  });

  it('is one of ten at most, however many are late', async () => {
    const { sent, read, pass } = start();
    for (let token = 0; token < 100; token++) read(token);
    await pass(10);
    expect(sent.length).toBeLessThanOrEqual(11);
    expect(sent.length).toBeGreaterThan(8);
  });

  it('is as it was where hedging is off', () => {
    const { read, told } = start(0);
    const first = read(7);
    reply(first, REPLY);
    expect([first.token, told]).toEqual([7, [`7 ${String(REPLY)}`]]);
  });
});
