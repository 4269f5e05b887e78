import { encodeCommand, RequestFramer } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { conflict, merged, parseTracking, type TrackingOptions } from './tracking-options.ts';

function parse(words: string): TrackingOptions | string {
  const request = new RequestFramer();
  request.push(encodeCommand(['CLIENT', 'TRACKING', 'ON', ...words.split(' ').filter(Boolean)]));
  request.next();
  const parsed = parseTracking(request, (id) => id === 7);
  return parsed instanceof Uint8Array ? Buffer.from(parsed).toString().trim() : parsed;
}
const options = (words: string) => parse(words) as TrackingOptions;

describe('parseTracking', () => {
  it('has all options', () => {
    expect(options('redirect 7 BCAST prefix a PREFIX optin NOLOOP OptOut OPTIN')).toEqual({
      redirect: 7,
      isBroadcast: true,
      isOptIn: true,
      isOptOut: true,
      isNoloop: true,
      prefixes: ['a', 'optin'],
    });
  });

  it.each([
    ['redirect', '-ERR syntax error'],
    ['prefix', '-ERR syntax error'],
    ['nonsense', '-ERR syntax error'],
    ['redirect 08', '-ERR value is not an integer or out of range'],
    ['redirect 8', '-ERR The client ID you want redirect to does not exist'],
    ['redirect 7 redirect 7', '-ERR A client can only redirect to a single other client'],
  ])('%s: %s', (words, error) => expect(parse(words)).toBe(error));
});

describe('conflict', () => {
  it.each([
    ['', '', ''],
    ['BCAST PREFIX ab', 'BCAST PREFIX aa', ''],
    ['PREFIX a', '', 'PREFIX option requires'],
    ['BCAST', 'OPTIN', "can't switch BCAST mode on/off before"],
    ['OPTIN', 'OPTOUT', "can't switch OPTIN/OPTOUT mode before"],
    ['OPTIN', 'OPTIN', ''],
    ['BCAST PREFIX a', 'BCAST PREFIX ab', "Prefix 'a' overlaps with an existing prefix 'ab'"],
    ['BCAST PREFIX a PREFIX b PREFIX ba', '', "'b' overlaps with another provided prefix 'ba'"],
  ])('%s, after %s: %s', (wanted, present, error) => {
    const before = present === '' ? null : options(present);
    const found = conflict(options(wanted), before);
    expect(found === null ? '' : Buffer.from(found).toString()).toContain(error);
    expect(found === null).toBe(error === '');
  });
});

describe('merged', () => {
  it('adds prefixes up', () => {
    expect(merged(options('BCAST PREFIX b'), options('BCAST PREFIX a')).prefixes).toEqual([
      'a',
      'b',
    ]);
  });

  it('is of all keys without any', () => {
    expect(merged(options('BCAST'), null).prefixes).toEqual(['']);
    expect(merged(options('BCAST'), options('BCAST PREFIX a')).prefixes).toEqual(['', 'a']);
  });

  it('has none unless keys are broadcast', () =>
    expect(merged(options(''), null).prefixes).toEqual([]));
});
