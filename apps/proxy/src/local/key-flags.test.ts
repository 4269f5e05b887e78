import { findCommand } from '@keyfleet/commands';
import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { expect, it } from 'vitest';
import { keyFlags } from './key-flags.ts';

it.each<[string, number, string]>([
  ['SET k v', 1, 'OW update'],
  ['SET k v EX 5 GET', 1, 'RW access update'],
  ['SET k get', 1, 'OW update'],
  ['BITFIELD k GET u8 0', 1, 'RO access'],
  ['BITFIELD k GET u8 0 INCRBY u8 0 1', 1, 'RW access update'],
  ['SORT k STORE d', 1, 'RO access'],
  ['SORT k STORE d', 3, 'OW update'],
  ['MSET a 1 b 2', 3, 'OW update'],
  ['LMOVE a b LEFT RIGHT', 1, 'RW access delete'],
  ['LMOVE a b LEFT RIGHT', 2, 'RW insert'],
  ['ZUNIONSTORE d 2 a b', 1, 'OW update'],
  ['ZUNIONSTORE d 2 a b', 4, 'RO access'],
])('%s: argument %i is %s', (text, position, want) => {
  const framer = new RequestFramer();
  framer.push(encodeCommand(text.split(' ')));
  framer.next();
  expect(keyFlags(findCommand(framer)!, framer, position).join(' ')).toBe(want);
});
