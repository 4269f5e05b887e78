import { expect, it } from 'vitest';
import { readOwnSlots } from './own-slots.ts';

const lineOf = (flags: string, ...slots: string[]): string =>
  ['id', '127.0.0.1:7000@17000,host', flags, '-', '0', '0', '1', 'connected', ...slots].join(' ');

it.each([
  ['ranges and single slots', ['0-5', '7'], '0-5,7', []],
  ['no slots', [], '', []],
  [
    'slots that come and go',
    ['0-5', '[9-<-abc]', '[3->-def]', '[10-<-abc]'],
    '0-5',
    [{ slot: 3, toNode: 'def' }],
  ],
])('%s', (_what, words, slots, leaving) => {
  const other = lineOf('master', '6-100', '[7->-abc]');
  const nodes = `${other}\n${lineOf('myself,master', ...words)}\n`;
  expect(readOwnSlots(nodes)).toEqual({ slots, leaving });
});

it('a replica has none, and who is not named says nothing', () => {
  expect(readOwnSlots(lineOf('myself,slave'))).toEqual({ slots: '', leaving: [] });
  expect(readOwnSlots(lineOf('master', '0-5'))).toBeNull();
});
