import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimate, mergeSketch, newRegisters } from './sketch.ts';

let server: ServerProcess;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function add(key: string, from: number, to: number): Promise<void> {
  const elements = Array.from({ length: to - from }, (_, i) => `element:${from + i}`);
  for (let at = 0; at < elements.length; at += 1000)
    await redis.pfadd(key, ...elements.slice(at, at + 1000));
}

const stringAt = async (key: string): Promise<string> =>
  (await redis.getBuffer(key))!.toString('latin1');

async function estimateOf(...keys: string[]): Promise<number> {
  const registers = newRegisters();
  for (const key of keys) expect(mergeSketch(registers, await stringAt(key))).toBe('merged');
  return estimate(registers);
}

describe('a sketch', () => {
  it.each([0, 1, 2, 10, 100, 500, 1000, 5000, 20_000, 100_000])(
    'of %i elements is estimated as the server does',
    async (count) => {
      await redis.pfadd('one');
      await add('one', 0, count);
      expect(await estimateOf('one')).toBe(await redis.pfcount('one'));
      await redis.del('one');
    },
  );

  it('is united with others, sparse and dense', async () => {
    await add('sparse', 0, 50);
    await add('dense', 30, 20_000);
    await add('other', 10_000, 40_000);
    expect(await redis.object('ENCODING', 'sparse')).toBe('raw');
    for (const keys of [
      ['sparse', 'dense'],
      ['dense', 'sparse', 'other'],
      ['sparse', 'sparse'],
    ])
      expect(await estimateOf(...keys)).toBe(await redis.pfcount(...keys));
  });

  it('is told from other strings, and from one that is broken', async () => {
    const registers = newRegisters();
    await add('whole', 0, 10);
    const text = await stringAt('whole');
    expect(mergeSketch(registers, '')).toBe('noSketch');
    expect(mergeSketch(registers, 'x'.repeat(100))).toBe('noSketch');
    expect(mergeSketch(registers, `HYLL\x02${text.slice(5)}`)).toBe('noSketch');
    expect(mergeSketch(registers, `HYLL\x00${text.slice(5)}`)).toBe('noSketch');
    expect(mergeSketch(registers, text.slice(0, -1))).toBe('corrupted');
    expect(mergeSketch(registers, `${text}\x00`)).toBe('corrupted');
  });
});
