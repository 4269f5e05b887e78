import { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Server } from '../raw-client.ts';
import { BINARY, PIPELINE_LENGTH } from './tour.ts';

export async function tourIoredis(server: Server, protocol: 2 | 3): Promise<void> {
  const redis = new Redis({ ...server, protocol, maxRetriesPerRequest: 0 });
  try {
    await tourStrings(redis);
    await tourCollections(redis);
    await tourStream(redis);
    await tourShards(redis);
    await tourPipeline(redis);
  } finally {
    redis.disconnect();
  }
}

async function tourStrings(redis: Redis): Promise<void> {
  expect(await redis.set('s', 'text', 'EX', 100)).toBe('OK');
  expect(await redis.get('s')).toBe('text');
  expect(await redis.ttl('s')).toBeGreaterThan(90);
  expect(await redis.get('none')).toBeNull();
  expect(await redis.incrby('n', 41)).toBe(41);
  expect(await redis.incr('n')).toBe(42);
  await redis.set(BINARY, BINARY);
  expect(await redis.getBuffer(BINARY)).toEqual(BINARY);
  await expect(redis.incr('s')).rejects.toThrow('ERR value is not an integer or out of range');
  await expect(redis.lpush('s', 'x')).rejects.toThrow(/^WRONGTYPE /);
  await expect(redis.call('NOSUCH')).rejects.toThrow(/^ERR unknown command/);
}

async function tourCollections(redis: Redis): Promise<void> {
  expect(await redis.hset('h', { a: '1', b: '2' })).toBe(2);
  expect(await redis.hgetall('h')).toEqual({ a: '1', b: '2' });
  expect(await redis.hmget('h', 'b', 'none')).toEqual(['2', null]);
  expect(await redis.rpush('l', 'a', 'b', 'c')).toBe(3);
  expect(await redis.lrange('l', 0, -1)).toEqual(['a', 'b', 'c']);
  expect(await redis.lpop('l')).toBe('a');
  expect(await redis.sadd('set', 'a', 'b')).toBe(2);
  expect((await redis.smembers('set')).sort()).toEqual(['a', 'b']);
  expect(await redis.zadd('z', '2', 'two', '1.5', 'less')).toBe(2);
  expect(await redis.zscore('z', 'less')).toSatisfy((score) => Number(score) === 1.5);
  expect(await redis.zrange('z', '0', '-1')).toEqual(['less', 'two']);
}

async function tourStream(redis: Redis): Promise<void> {
  await redis.xadd('x', '1-1', 'field', 'value');
  await redis.xadd('x', '2-1', 'field', 'next');
  expect(await redis.xrange('x', '-', '+')).toEqual([
    ['1-1', ['field', 'value']],
    ['2-1', ['field', 'next']],
  ]);
  await redis.xgroup('CREATE', 'x', 'group', '0');
  expect(
    JSON.stringify(await redis.xreadgroup('GROUP', 'group', 'me', 'STREAMS', 'x', '>')),
  ).toMatch(/1-1.*value.*2-1.*next/);
  expect(await redis.xack('x', 'group', '1-1', '2-1')).toBe(2);
}

async function tourShards(redis: Redis): Promise<void> {
  const keys = Array.from({ length: 100 }, (_, i) => `many:${i}`);
  expect(await redis.mset(Object.fromEntries(keys.map((key, i) => [key, String(i)])))).toBe('OK');
  expect(await redis.mget('none', ...keys)).toEqual([null, ...keys.map((_, i) => String(i))]);
  expect(await redis.exists(...keys, 'none')).toBe(100);
  expect(await redis.del(...keys, 'none')).toBe(100);
  expect(await redis.exists(...keys)).toBe(0);
}

async function tourPipeline(redis: Redis): Promise<void> {
  const pipeline = redis.pipeline();
  for (let i = 0; i < PIPELINE_LENGTH; i += 2) pipeline.set(`p:${i}`, String(i)).get(`p:${i}`);
  const replies = (await pipeline.exec()) ?? [];
  expect(replies).toHaveLength(PIPELINE_LENGTH);
  replies.forEach((reply, i) => {
    expect(reply).toEqual([null, i % 2 === 0 ? 'OK' : String(i - 1)]);
  });
}
