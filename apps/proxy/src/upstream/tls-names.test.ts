import { describe, expect, it } from 'vitest';
import { isTlsName } from './tls-names.ts';

describe('isTlsName()', () => {
  it.each([
    ['clustercfg.orders.abc123.use1.cache.amazonaws.com:6379', true],
    ['orders.abc123.clustercfg.use1.cache.amazonaws.com:6379', false],
    ['master.orders.abc123.use1.cache.amazonaws.com:6379', true],
    ['orders.abc123.ng.0001.use1.cache.amazonaws.com:6379', false],
    ['orders-0001-001.orders.abc123.use1.cache.amazonaws.com:6379', true],
    ['orders-0001-001.abc123.0001.use1.cache.amazonaws.com:6379', false],
    ['orders-abc123.serverless.use1.cache.amazonaws.com:6379', true],
    ['clustercfg.orders.abc123.cnn1.cache.amazonaws.com.cn:6379', true],
    ['clustercfg.orders.abc123.memorydb.us-east-1.amazonaws.com:6379', true],
    ['clustercfg.orders.example.com:6379', false],
    ['s3.amazonaws.com:6379', false],
    ['127.0.0.1:6379', false],
  ])('%s: %s', (seed, want) => expect(isTlsName(seed)).toBe(want));
});
