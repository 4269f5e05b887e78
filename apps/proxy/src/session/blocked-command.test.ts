/** What becomes of a command that blocks when its connection, its shard, its slot or its client is lost. */
import { encodeCommand } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import { FakeShard, fakeRouting } from '../testing/fake-shard.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import { BlockedCommand } from './blocked-command.ts';
import { PrivatePool } from './private-pool.ts';
import type { PrivateWay } from './private-way.ts';
import { Unblocker } from './unblocker.ts';

const NULL = '*-1\r\n';

/** BLPOP, on its way to the first of two shards. */
function blpop() {
  const [shard, other] = [new FakeShard(), new FakeShard()];
  const time = { nowMs: 0 };
  const monotonicMs = (): number => time.nowMs;
  const { gate, owners, routing } = fakeRouting([shard, other]);
  const pool = new PrivatePool({
    ...{ perShardMax: 10, idleMs: 1000, monotonicMs },
    fullError: errors.holdLimit,
  });
  const unblocker = new Unblocker(pool);
  const retrying = new Set<PrivateWay>();
  const replies: string[] = [];
  const client = {
    connectionClass: PLAIN_CLASS,
    respVersion: 2,
    onReply: (_token: number, bytes: Uint8Array) =>
      void replies.push(Buffer.from(bytes).toString()),
  } as unknown as Client;
  const command = new BlockedCommand(
    {
      ...{ client, token: 0, slot: 0, frame: encodeCommand(['BLPOP', 'k', '0']) },
      ...{ isWrite: true, ids: [], timeout: { argument: 2, ms: Infinity, unitMs: 1000 } },
      onDone: () => undefined,
    },
    { routing, pool, monotonicMs, retrying, unblocker, silenceMs: 1000 },
  );
  command.start();
  return { shard, other, gate, owners, pool, unblocker, retrying, replies, command, time };
}

/** The same, blocked at the server, which knows it as 7. */
function blocked() {
  const all = blpop();
  const at = all.shard.last;
  at.open(7);
  return { ...all, at };
}

describe('a blocked write whose connection is lost', () => {
  it('goes again to another life of its shard', () => {
    const { shard, at, replies } = blocked();
    shard.isAway = true;
    at.lose(errors.unknownOutcome);
    shard.isAway = false;
    shard.target = { runId: 'second' };
    shard.parking.wakeAll();
    shard.last.open(8);
    expect(shard.last.asked).toEqual(['BLPOP k 0']);
    expect(replies).toEqual([]);
  });

  it('is uncertain at the same life', () => {
    const { shard, at, replies } = blocked();
    at.lose(errors.unknownOutcome);
    shard.last.open(8);
    expect(replies).toEqual([text(errors.unknownOutcome)]);
  });

  it('is uncertain where a hold could not drain it: its server lives', () => {
    const { at, replies } = blocked();
    at.drain();
    at.lose(errors.unknownOutcome);
    expect(replies).toEqual([text(errors.unknownOutcome)]);
  });

  it('is uncertain where the shard has another primary already: that was planned', () => {
    const { shard, at, replies } = blocked();
    shard.target = { runId: 'second' };
    at.lose(errors.unknownOutcome);
    expect(replies).toEqual([text(errors.unknownOutcome)]);
  });

  it('is uncertain at another shard, which has what it took', () => {
    const { other, gate, owners, at, command, shard, replies } = blocked();
    gate.isOpen = false;
    at.lose(errors.unknownOutcome);
    gate.isOpen = true;
    owners[0] = 1;
    other.target = { runId: 'elsewhere' };
    shard.parking.wakeAll();
    other.last.open(8);
    expect(replies).toEqual([text(errors.unknownOutcome)]);
    command.cancel();
  });
});

describe('a blocked command that is unblocked', () => {
  it('when its client leaves, is asked for no more', () => {
    const { shard, at, command } = blocked();
    at.drain();
    const control = shard.last;
    control.open(9);
    expect(control.asked).toEqual(['CLIENT UNBLOCK 7 TIMEOUT']);
    command.cancel();
    control.answer(':0');
    expect(control.asked).toEqual([]);
    expect(at.isClosed).toBe(true);
  });

  it('leaves its connection to nobody: the unblocking may come late', () => {
    const { shard, at, gate } = blocked();
    at.drain();
    shard.last.open(9);
    gate.isOpen = false;
    at.answer('*-1');
    expect(at.isClosed).toBe(true);
  });

  it('because its slot is at another shard, goes there', () => {
    const { other, owners, at, command } = blocked();
    owners[0] = 1;
    command.onApplied();
    at.answer('*-1');
    other.last.open(8);
    expect(other.last.asked).toEqual(['BLPOP k 0']);
  });

  it.each([
    ['TIMEOUT', NULL],
    ['ERROR', '-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n'],
  ] as const)('by a client and by a hold is over: %s', (reason, want) => {
    const { at, command, replies } = blocked();
    at.drain();
    command.ask(reason);
    at.answer('*-1');
    expect(replies).toEqual([want]);
  });

  it.each(['while it is made', 'while it asks'])(
    'is so when the connection for it is lost %s',
    (when) => {
      const { shard, at, command, unblocker } = blocked();
      command.ask('TIMEOUT');
      const control = shard.last;
      if (when === 'while it asks') control.open(9);
      control.lose(errors.notSent);
      unblocker.sweep();
      shard.last.open(10);
      expect(shard.last.asked).toEqual(['CLIENT UNBLOCK 7 TIMEOUT']);
      expect(at.isClosed).toBe(false);
    },
  );

  it('is left where its server denies that', () => {
    const { shard, at, command, replies } = blocked();
    command.ask('TIMEOUT');
    const control = shard.last;
    control.open(9);
    control.answer('-NOPERM this user has no permissions to run it');
    expect([control.asked, replies, at.isClosed]).toEqual([[], [NULL], true]);
  });

  it('is so when there was no connection for it', () => {
    const { shard, command, unblocker } = blocked();
    shard.isAway = true;
    command.ask('TIMEOUT');
    shard.isAway = false;
    unblocker.sweep();
    shard.last.open(10);
    expect(shard.last.asked).toEqual(['CLIENT UNBLOCK 7 TIMEOUT']);
  });
});

describe('a connection that could not be made', () => {
  it('is tried again where the shard is ready, later and later', () => {
    const { shard, retrying, time } = blpop();
    const sweep = (nowMs: number): void => {
      time.nowMs = nowMs;
      for (const way of [...retrying]) way.retry(nowMs);
    };
    shard.last.lose(errors.notSent);
    sweep(40);
    expect(shard.connections).toHaveLength(1);
    sweep(50);
    expect(shard.connections).toHaveLength(2);
    shard.last.lose(errors.notSent);
    sweep(140);
    expect(shard.connections).toHaveLength(2);
    sweep(150);
    shard.last.open(8);
    expect(shard.last.asked).toEqual(['BLPOP k 0']);
    expect([retrying.size, shard.parking.length]).toEqual([0, 0]);
  });
});

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
