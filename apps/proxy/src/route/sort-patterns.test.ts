import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { sortRefusal } from './sort-patterns.ts';

function refused(text: string): string | null {
  const framer = new RequestFramer();
  framer.push(encodeCommand(text.split(' ')));
  framer.next();
  const reply = sortRefusal(framer);
  return reply && Buffer.from(reply).toString().slice(0, 8);
}

describe('sortRefusal', () => {
  it.each([
    'SORT k LIMIT 0 10 BY nosort GET # ALPHA',
    'SORT k LIMIT by get',
    'SORT {a}:k BY {a}:w_* GET # GET x{a}y*->field STORE {a}:d',
    'SORT {a}:k GET {a}:* GET no-star',
    'SORT a BY {a}w_*',
  ])('lets pass: %s', (text) => expect(refused(text)).toBeNull());

  it.each([
    ['SORT k BY w_* STORE d', '-ERR BY '],
    ['SORT_RO k LIMIT 0 1 GET o_*', '-ERR GET'],
    ['SORT {a}:k BY {b}:w_*', '-ERR BY '],
    ['SORT {a}:k BY *{a}', '-ERR BY '],
    ['SORT {a}:k GET {a*}', '-ERR GET'],
    ['SORT k GET {}*', '-ERR GET'],
  ])('refuses: %s', (text, want) => expect(refused(text)).toBe(want));
});
