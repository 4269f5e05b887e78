import { commandNamed } from '@keyfleet/commands';
import { decodeReply, encodeCommand } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { requestOf } from './request-of.ts';
import { timeoutOf, withTimeout } from './timeout-argument.ts';

const commandOf = (text: string) => commandNamed(text.split(' ')[0]!)!;
const parse = (text: string) => requestOf(encodeCommand(text.split(' ')));

describe('timeoutOf', () => {
  it.each<[string, number, number]>([
    ['BLPOP a b 5', 3, 5000],
    ['BRPOP a 0.25', 2, 250],
    ['BLMOVE a b LEFT RIGHT 2', 5, 2000],
    ['BRPOPLPUSH a b 2', 3, 2000],
    ['BZPOPMIN a 1.5', 2, 1500],
    ['BLMPOP 7 1 a LEFT', 1, 7000],
    ['BZMPOP 7 1 a MIN COUNT 3', 1, 7000],
    ['XREAD BLOCK 1500 STREAMS s $', 2, 1500],
    ['XREAD COUNT 2 block 10 STREAMS s $', 4, 10],
    ['XREADGROUP GROUP block me NOACK BLOCK 3 STREAMS s >', 6, 3],
    ['BLPOP a 0', 2, Infinity],
    ['XREAD BLOCK 0 STREAMS s $', 2, Infinity],
    ['BLPOP a -1', 2, Infinity],
    ['BLPOP a soon', 2, Infinity],
  ])('%s', (text, argument, ms) => {
    expect(timeoutOf(commandOf(text), parse(text))).toMatchObject({ argument, ms });
  });

  it.each([
    'XREAD COUNT 2 STREAMS s 0',
    'XREAD STREAMS block 0',
    'XREADGROUP GROUP block me STREAMS s >',
    'XREADGROUP GROUP g block NOACK STREAMS s >',
  ])('%s does not block', (text) => expect(timeoutOf(commandOf(text), parse(text))).toBeNull());
});

describe('withTimeout', () => {
  it.each([
    ['BLPOP a b 5', 1234.5, 'BLPOP a b 1.235'],
    ['BLMPOP 7 1 a LEFT', 20, 'BLMPOP 0.02 1 a LEFT'],
    ['XREAD BLOCK 1500 STREAMS s $', 99.2, 'XREAD BLOCK 100 STREAMS s $'],
    ['XREAD BLOCK 1500 STREAMS s $', 0.1, 'XREAD BLOCK 1 STREAMS s $'],
  ])('%s with %d ms left: %s', (text, leftMs, want) => {
    const request = parse(text);
    const frame = withTimeout(request, timeoutOf(commandOf(text), request)!, leftMs);
    expect((decodeReply(frame) as string[]).join(' ')).toBe(want);
  });
});
