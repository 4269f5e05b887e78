import { encodeCommand } from '@keyfleet/resp';
import { expect, it } from 'vitest';
import { openIds } from './last-ids.ts';
import { requestOf } from './request-of.ts';

it.each<[string, number[], { argument: number; key: number }[]]>([
  ['XREAD BLOCK 0 STREAMS a $', [4], [{ argument: 5, key: 4 }]],
  ['XREAD BLOCK 0 STREAMS a $ 0 $', [4, 5], [{ argument: 7, key: 5 }]],
  ['XREAD BLOCK 0 STREAMS a b $ $', [4, 5], [{ argument: 6, key: 4 }, { argument: 7, key: 5 }]],
  ['XREAD BLOCK 0 STREAMS a 0', [4], []],
  ['XREADGROUP GROUP g c BLOCK 0 STREAMS a >', [7], []],
])('openIds of %s', (text, keys, want) => {
  expect(openIds(requestOf(encodeCommand(text.split(' '))), keys)).toEqual(want);
}); // prettier-ignore
