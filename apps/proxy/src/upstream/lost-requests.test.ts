import { describe, expect, it } from 'vitest';
import { judgeLost } from './lost-requests.ts';
import { NO_SINK, SEVERAL_SLOTS, type Outgoing } from './reply-sink.ts';

const owners = { a: {}, b: {} };

/** "a:get", "b:set", "a:get!" (a retry), "a:get+" (keys of several slots). */
function requestsOf(...texts: string[]): Outgoing[] {
  return texts.map((text, token) => {
    const owner = owners[text[0] as 'a' | 'b'];
    const sink = { ...NO_SINK, owner };
    const bytes = Buffer.from(text);
    return {
      sink,
      token,
      slot: text.endsWith('+') ? SEVERAL_SLOTS : 0,
      isWrite: text.includes('set'),
      isRetry: text.endsWith('!'),
      redirects: 0,
      sinceUs: 0,
      bytes,
      start: 0,
      end: bytes.length,
    };
  });
}

const nameOf = ({ bytes }: Outgoing): string => Buffer.from(bytes).toString();

function judged(sentCount: number, ...texts: string[]): object {
  const { resend, failed } = judgeLost(requestsOf(...texts), sentCount);
  const codeOf = (error: Uint8Array): string =>
    Buffer.from(error).toString().slice(1).split(' ')[0]!;
  return {
    resend: resend.map(nameOf),
    failed: failed.map(({ request, error }) => `${nameOf(request)} ${codeOf(error)}`),
  };
}

describe('judgeLost', () => {
  it.each([
    [
      'what was not sent goes elsewhere, in order',
      0,
      ['a:set', 'b:get', 'a:get'],
      { resend: ['a:set', 'b:get', 'a:get'], failed: [] },
    ],
    [
      'a write that was sent is unknown',
      1,
      ['a:set', 'a:set'],
      { resend: ['a:set'], failed: ['a:set UNCERTAIN'] },
    ],
    ['a read that was sent goes again', 1, ['a:get'], { resend: ['a:get'], failed: [] }],
    ['but not a third time', 1, ['a:get!'], { resend: [], failed: ['a:get! CLUSTERDOWN'] }],
    [
      'nor past a write of its client that was sent behind it',
      2,
      ['a:get', 'a:set'],
      { resend: [], failed: ['a:get CLUSTERDOWN', 'a:set UNCERTAIN'] },
    ],
    [
      'past a write of another client it does',
      2,
      ['a:get', 'b:set'],
      { resend: ['a:get'], failed: ['b:set UNCERTAIN'] },
    ],
    [
      'and past one that was not sent, which follows it',
      1,
      ['a:get', 'a:set'],
      { resend: ['a:get', 'a:set'], failed: [] },
    ],
    [
      'keys of several slots are not routed anew',
      1,
      ['a:get+', 'a:set+'],
      { resend: [], failed: ['a:get+ CLUSTERDOWN', 'a:set+ CLUSTERDOWN'] },
    ],
  ])('%s', (_name, sentCount, texts, want) => expect(judged(sentCount, ...texts)).toEqual(want));

  it('marks what was sent as a retry', () => {
    expect(judgeLost(requestsOf('a:get', 'a:get'), 1).resend.map(({ isRetry }) => isRetry)).toEqual(
      [true, false],
    );
  });
});
