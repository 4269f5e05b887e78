import { encode } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { keptStrings, stringsReply } from './bulk-list.ts';

const list = (...items: string[]): Uint8Array => encode.array(items.map((it) => encode.bulk(it)));

function kept(wanted: RegExp, ...lists: Uint8Array[]): string {
  const parts = lists.map((bytes) =>
    keptStrings(bytes, 0, (all, start, end) =>
      wanted.test(Buffer.from(all.subarray(start, end)).toString()),
    ),
  );
  return Buffer.from(stringsReply(parts)).toString();
}

describe('keptStrings', () => {
  it.each([
    [/./, ['a', 'bb', 'ccc'], ['a', 'bb', 'ccc']],
    [/^b/, ['a', 'bb', 'ccc', 'b\r\n$3\r\nx'], ['bb', 'b\r\n$3\r\nx']],
    [/c/, ['c', 'a', 'c', 'c', 'b'], ['c', 'c', 'c']],
    [/none/, ['a', 'b'], []],
    [/./, [], []],
    [/^$/, ['', 'a', ''], ['', '']],
  ])('%s of %j', (wanted, items, want) =>
    expect(kept(wanted, list(...items))).toBe(Buffer.from(list(...want)).toString()),
  );

  it('joins several lists', () =>
    expect(kept(/./, list('a', 'b'), list(), list('c'))).toBe(
      Buffer.from(list('a', 'b', 'c')).toString(),
    ));

  it.each([':1\r\n', '*-1\r\n', '*1\r\n:1\r\n', '*2\r\n$1\r\na\r\n*0\r\n'])('refuses %j', (text) =>
    expect(() => kept(/./, Buffer.from(text))).toThrow('want a list of strings'),
  );
});
