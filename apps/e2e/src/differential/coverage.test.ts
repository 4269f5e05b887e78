import { describe, expect, it } from 'vitest';
import { Coverage } from './coverage.ts';
import type { Request } from './stream.ts';

const style = { version: 3, isPipelined: true } as const;
const request = (name: string): Request => ({
  name,
  words: [name],
  bytes: Buffer.from(name),
  rule: 'exact',
});

describe('Coverage', () => {
  it('counts what was sent, and what of it was no error; the rarest success comes first', () => {
    const coverage = new Coverage();
    for (const [name, reply] of [
      ['get', '$-1\r\n'],
      ['get', '-WRONGTYPE\r\n'],
      ['set', '+OK\r\n'],
      ['lset', '-ERR\r\n'],
    ] as const)
      coverage.note(request(name), Buffer.from(reply), style);
    expect(coverage.commands).toEqual([
      { name: 'lset', sent: 1, succeeded: 0 },
      { name: 'get', sent: 2, succeeded: 1 },
      { name: 'set', sent: 1, succeeded: 1 },
    ]);
    expect(Object.fromEntries(coverage.lanes)).toEqual({ 'RESP3, all in one pipeline': 4 });
  });

  it('takes +QUEUED for no success: the reply to EXEC tells', () => {
    const coverage = new Coverage();
    coverage.note(request('lset'), Buffer.from('+QUEUED\r\n'), style);
    expect(coverage.commands).toEqual([]);
  });
});
