import { encode } from '@keyfleet/resp';
import { beforeEach, describe, expect, it } from 'vitest';
import { BusyWatch, isLate } from './busy-watch.ts';

const BUSY = encode.errorReply('BUSY Redis is busy running a script.');
const PONG = encode.simpleString('PONG');
const LOST = encode.errorReply('CLUSTERDOWN Cannot reach the primary of shard-0: it is gone');

let nowMs: number;
/** Of questions that are not answered. */
let asked: ((answer: Uint8Array) => void)[];
let told: string[];
let watch: BusyWatch;
beforeEach(() => {
  nowMs = 0;
  asked = [];
  told = [];
  watch = new BusyWatch({
    line: { ask: (_request, onAnswer) => asked.push(onAnswer) },
    monotonicMs: () => nowMs,
    onBusy: () => told.push('busy'),
    onCalm: () => told.push('calm'),
  });
});
const answer = (reply: Uint8Array): void => asked.shift()!(reply);

describe('a server of which a reply is late', () => {
  it('is asked once at a time, and nothing comes of it while it takes commands', () => {
    watch.check();
    watch.check();
    expect(asked).toHaveLength(1);
    answer(PONG);
    expect([watch.isCalm, watch.error, told]).toEqual([true, null, []]);
    watch.check();
    expect(asked).toHaveLength(1);
  });

  it('is busy when it says so, until it says anything else', () => {
    watch.check();
    nowMs = 7;
    answer(BUSY);
    expect([watch.isCalm, watch.error, watch.heardMs]).toEqual([false, BUSY, 7]);
    watch.check();
    answer(BUSY);
    watch.check();
    answer(PONG);
    expect([watch.isCalm, watch.error, told]).toEqual([true, null, ['busy', 'calm']]);
  });

  it.each([
    ['BUSYKEY', encode.errorReply('BUSYKEY Target key name already exists.')],
    ['BUSYGROUP', encode.errorReply('BUSYGROUP Consumer Group name already exists')],
    ['no permission', encode.errorReply('NOPERM')],
    ['nothing, as the line is lost', LOST],
  ])('is not busy when it says %s', (_name, reply) => {
    watch.note(BUSY);
    watch.check();
    answer(reply);
    expect(watch.isCalm).toBe(true);
  });

  it('is left alone for a while when the line is of no use', () => {
    watch.check();
    answer(LOST);
    nowMs = 999;
    watch.check();
    expect(asked).toHaveLength(0);
    nowMs = 1000;
    watch.check();
    expect(asked).toHaveLength(1);
  });
});

describe('a busy server that brings something', () => {
  beforeEach(() => watch.note(BUSY));

  it('is in doubt for a round trip: commands are neither refused nor sent', () => {
    watch.doubt();
    expect([watch.isCalm, watch.error, asked.length]).toEqual([false, null, 1]);
    answer(BUSY);
    expect([watch.error, told]).toEqual([BUSY, ['busy', 'busy']]);
    watch.doubt();
    answer(PONG);
    expect([watch.isCalm, told]).toEqual([true, ['busy', 'busy', 'calm']]);
  });

  it('is asked anew where the answer may be older than what it brought', () => {
    watch.check();
    watch.doubt();
    expect(asked).toHaveLength(1);
    answer(BUSY);
    expect([watch.error, asked.length]).toEqual([null, 1]);
    answer(PONG);
    expect(watch.isCalm).toBe(true);
  });

  it('is calm when its connection is lost, whatever it still says', () => {
    watch.end();
    watch.end();
    watch.doubt();
    expect([watch.isCalm, asked.length, told]).toEqual([true, 0, ['busy', 'calm']]);
  });
});

it.each([
  ['nothing is pending', { pendingCount: 0, headSinceMs: 0 }, false],
  ['what is pending is new', { pendingCount: 3, headSinceMs: 51 }, false],
  ['the oldest is old', { pendingCount: 1, headSinceMs: 50 }, true],
])('a reply is late or not: %s', (_name, connection, expected) => {
  expect(isLate([connection], 100)).toBe(expected);
});
