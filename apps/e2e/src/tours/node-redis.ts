import { createClient, RESP_TYPES } from 'redis';
import { expect } from 'vitest';
import type { Server } from '../raw-client.ts';
import { BINARY, PIPELINE_LENGTH } from './tour.ts';

type Client = ReturnType<typeof create>;

// The two versions differ in types that this tour does not touch.
function create(server: Server, version: 2 | 3) {
  return createClient({ socket: { ...server, reconnectStrategy: false }, RESP: version as 3 });
}

export async function tourNodeRedis(server: Server, version: 2 | 3): Promise<void> {
  const redis = create(server, version);
  const failures: unknown[] = [];
  redis.on('error', (error) => failures.push(error));
  await redis.connect();
  try {
    await tourStrings(redis);
    await tourCollections(redis);
    await tourStream(redis);
    await tourShards(redis);
    await tourPipeline(redis);
    expect(failures).toEqual([]);
  } finally {
    redis.destroy();
  }
}

async function tourStrings(redis: Client): Promise<void> {
  expect(await redis.set('s', 'text', { expiration: { type: 'EX', value: 100 } })).toBe('OK');
  expect(await redis.get('s')).toBe('text');
  expect(await redis.ttl('s')).toBeGreaterThan(90);
  expect(await redis.get('none')).toBeNull();
  expect(await redis.incrBy('n', 41)).toBe(41);
  expect(await redis.incr('n')).toBe(42);
  const binary = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  await binary.set(BINARY, BINARY);
  expect(await binary.get(BINARY)).toEqual(BINARY);
  await expect(redis.incr('s')).rejects.toThrow('ERR value is not an integer or out of range');
  await expect(redis.lPush('s', 'x')).rejects.toThrow(/^WRONGTYPE /);
  await expect(redis.sendCommand(['NOSUCH'])).rejects.toThrow(/^ERR unknown command/);
}

async function tourCollections(redis: Client): Promise<void> {
  expect(await redis.hSet('h', { a: '1', b: '2' })).toBe(2);
  expect({ ...(await redis.hGetAll('h')) }).toEqual({ a: '1', b: '2' });
  expect(await redis.hmGet('h', ['b', 'none'])).toEqual(['2', null]);
  expect(await redis.rPush('l', ['a', 'b', 'c'])).toBe(3);
  expect(await redis.lRange('l', 0, -1)).toEqual(['a', 'b', 'c']);
  expect(await redis.lPop('l')).toBe('a');
  expect(await redis.sAdd('set', ['a', 'b'])).toBe(2);
  expect((await redis.sMembers('set')).sort()).toEqual(['a', 'b']);
  const members = [
    { score: 1.5, value: 'less' },
    { score: 2, value: 'two' },
  ];
  expect(await redis.zAdd('z', members)).toBe(2);
  expect(await redis.zScore('z', 'less')).toBe(1.5);
  expect(await redis.zRangeWithScores('z', 0, -1)).toEqual(members);
}

async function tourStream(redis: Client): Promise<void> {
  await redis.xAdd('x', '1-1', { field: 'value' });
  await redis.xAdd('x', '2-1', { field: 'next' });
  expect((await redis.xRange('x', '-', '+'))?.map(({ id }) => id)).toEqual(['1-1', '2-1']);
  await redis.xGroupCreate('x', 'group', '0');
  const read = await redis.xReadGroup('group', 'me', { key: 'x', id: '>' });
  expect(JSON.stringify(read)).toMatch(/1-1.*value.*2-1.*next/);
  expect(await redis.xAck('x', 'group', ['1-1', '2-1'])).toBe(2);
}

async function tourShards(redis: Client): Promise<void> {
  const keys = Array.from({ length: 100 }, (_, i) => `many:${i}`);
  expect(await redis.mSet(Object.fromEntries(keys.map((key, i) => [key, String(i)])))).toBe('OK');
  expect(await redis.mGet(['none', ...keys])).toEqual([null, ...keys.map((_, i) => String(i))]);
  expect(await redis.exists([...keys, 'none'])).toBe(100);
  expect(await redis.del([...keys, 'none'])).toBe(100);
  expect(await redis.exists(keys)).toBe(0);
}

/** This client has no pipeline of its own: what is called in one turn goes out as one. */
async function tourPipeline(redis: Client): Promise<void> {
  const replies = await Promise.all(
    Array.from({ length: PIPELINE_LENGTH }, (_, i) =>
      i % 2 === 0 ? redis.set(`p:${i}`, String(i)) : redis.get(`p:${i - 1}`),
    ),
  );
  replies.forEach((reply, i) => {
    expect(reply).toBe(i % 2 === 0 ? 'OK' : String(i - 1));
  });
}
