import { describe, expect, it } from 'vitest';
import { failureOf, type NamedAnswer } from './failure.ts';

const OK = '+OK';
const DOWN = '-CLUSTERDOWN Cannot reach it';
const OOM = '-OOM no memory';
const LOST = '-UNCERTAIN The connection was lost';

function answers(...replies: string[]): NamedAnswer[] {
  return replies.map((text, i) => ({
    shard: { id: `shard-${i}` },
    reply: Buffer.from(`${text}\r\n`),
  }));
}

function failure(isWrite: boolean, ...replies: string[]): string | undefined {
  const reply = failureOf(answers(...replies), { name: 'X', isWrite });
  return reply === null ? undefined : Buffer.from(reply).toString().trimEnd();
}

describe('failureOf', () => {
  it('is none when all did it', () => expect(failure(true, OK, ':1', OK)).toBeUndefined());

  it('is what all say, as one server says it', () =>
    expect(failure(true, OOM, OOM, OOM)).toBe(OOM));

  it('names the shards that failed, under the code of the first', () =>
    expect(failure(true, OK, OOM, LOST)).toBe(
      '-OOM X failed on 2 of 3 shards (shard-1: OOM no memory; shard-2: UNCERTAIN The connection was lost)',
    ));

  it.each([
    ['of a write that others did', true, [OK, DOWN], '-UNCERTAIN '],
    ['of a write that others may have done', true, [DOWN, LOST], '-UNCERTAIN '],
    ['of a write that a busy server did not do', true, [OK, '-BUSY a script'], '-UNCERTAIN '],
    ['of a write that nobody did', true, [DOWN, '-TRYAGAIN later'], '-CLUSTERDOWN '],
    ['of a read', false, [OK, DOWN], '-CLUSTERDOWN '],
  ])('has a code that is true %s', (_, isWrite, replies, want) =>
    expect(failure(isWrite, ...replies)).toMatch(new RegExp(`^${want}`)),
  );

  it('tells of some shards only when many failed', () =>
    expect(failure(false, OK, ...Array.from({ length: 500 }, () => OOM))!.length).toBeLessThan(
      400,
    ));
});
