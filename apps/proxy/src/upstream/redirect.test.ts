import { describe, expect, it } from 'vitest';
import { readRedirect } from './redirect.ts';

const read = (text: string) => {
  const bytes = Buffer.from(`+OK\r\n-${text}\r\n:1\r\n`);
  return readRedirect(bytes, 5, bytes.length - 4);
};

describe('readRedirect', () => {
  it.each([
    ['MOVED 3999 127.0.0.1:6381', 'moved', 3999, '127.0.0.1', 6381],
    ['ASK 0 10.0.0.7:7000', 'ask', 0, '10.0.0.7', 7000],
    ['MOVED 16383 ::1:6381', 'moved', 16383, '::1', 6381],
    ['MOVED 1 fd00:12::9:6379', 'moved', 1, 'fd00:12::9', 6379],
    ['ASK 1 [fd00::9]:6379', 'ask', 1, 'fd00::9', 6379],
    ['MOVED 12 orders-0001-001.abc.use1.cache.amazonaws.com:6379', 'moved', 12, 'orders-0001-001.abc.use1.cache.amazonaws.com', 6379],
    ['MOVED 12 :6379', 'moved', 12, '', 6379],
    ['MOVED 12 ?:6379', 'moved', 12, '?', 6379],
  ] as const)('reads %s', (text, ...[kind, slot, host, port]) => {
    expect(read(text)).toEqual({ kind, slot, host, port });
  }); // prettier-ignore

  it.each([
    'CLUSTERDOWN Hash slot not served',
    'CLUSTERDOWN The cluster is down',
    'LOADING Redis is loading the dataset in memory',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "READONLY You can't write against a read only replica.",
    'TRYAGAIN Multiple keys request during rehashing of slot',
  ])('takes %s for something that passes', (text) => {
    expect(read(text)).toEqual({ kind: 'later', code: text.split(' ', 1)[0] });
  });

  it.each([
    'ERR unknown command',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    "CROSSSLOT Keys in request don't hash to the same slot",
    'TRYAGAIN says a script, which did something before',
    'MOVED',
    'MOVED 16384 127.0.0.1:6381',
    'MOVED -1 127.0.0.1:6381',
    'MOVED 3999 127.0.0.1:0',
    'MOVED 3999 127.0.0.1:65536',
    'MOVED 3999 127.0.0.1',
    'MOVED 3999 127.0.0.1:6381 and more',
    'ASKING is needed',
    `MOVED 3999 ${'x'.repeat(400)}:6381`,
    '',
  ])('takes %s for an answer like any other', (text) => {
    expect(read(text)).toBeNull();
  });
});
