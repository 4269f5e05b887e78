import { encodeReply, type Reply } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { readInfo } from './info-reply.ts';

const entry = (...more: Reply[]): Reply => ['my.get', 2, ['readonly'], 1, 1, 1, [], [], ...more];
const replyOf = (reply: Reply): Uint8Array => encodeReply([reply], 2);

describe('readInfo', () => {
  it('reads what a server tells of a command', () => {
    expect(readInfo('my.get', replyOf(entry([], [])))).toMatchObject({ name: 'my.get', arity: 2 });
  });

  it.each<[string, Reply]>([
    ['nothing', null],
    ['too little', entry()],
    ['no list of key specifications', entry(1, [])],
    ['a subcommand that is no list', entry([], [null])],
    ['key specifications that are no maps', entry([7], [])],
    ['key specifications without a range', entry([['flags', []]], [])],
  ])('takes a command for unknown of which the server tells %s', (_what, reply) => {
    expect(readInfo('my.get', replyOf(reply))).toBeNull();
  });
});
