import { encodeReply, type Reply } from '@keyfleet/resp';
import { expect, it } from 'vitest';
import { readPush } from './push-frame.ts';

const read = (items: Reply[]) => {
  const frame = Buffer.from(encodeReply({ type: 'push', items }, 3));
  const among = Buffer.concat([Buffer.from('+OK\r\n'), frame, Buffer.from('+OK\r\n')]);
  const push = readPush(among, 5, 5 + frame.length);
  return push && { ...push, message: Buffer.from(push.message).toString('latin1') };
};

it.each([
  [
    ['message', 'c', 'hi'],
    ['message', 'channel', 'c', 'c', 'hi'],
  ],
  [
    ['message', '', ''],
    ['message', 'channel', '', '', ''],
  ],
  [
    ['smessage', 'c', 'a\r\nb'],
    ['message', 'shardChannel', 'c', 'c', 'a\r\nb'],
  ],
  [
    ['pmessage', 'c*', 'c1', 'hi'],
    ['message', 'pattern', 'c*', 'c1', 'hi'],
  ],
  [
    ['subscribe', 'c', 1],
    ['on', 'channel', 'c', 'c', ''],
  ],
  [
    ['psubscribe', 'c*', 2],
    ['on', 'pattern', 'c*', 'c*', ''],
  ],
  [
    ['ssubscribe', 'c', 2],
    ['on', 'shardChannel', 'c', 'c', ''],
  ],
  [
    ['unsubscribe', 'c', 0],
    ['off', 'channel', 'c', 'c', ''],
  ],
  [
    ['punsubscribe', 'c*', 0],
    ['off', 'pattern', 'c*', 'c*', ''],
  ],
  [
    ['sunsubscribe', 'c', 0],
    ['off', 'shardChannel', 'c', 'c', ''],
  ],
] as [Reply[], string[]][])(
  'readPush() reads %j',
  (items, [what, kind, name, channel, message]) => {
    expect(read(items)).toEqual({ what, kind, name, channel, message });
  },
);

it('readPush() gives any bytes as they are', () => {
  const odd = Buffer.from([0xff, 0x0d, 0x0a, 0x00]);
  expect(read(['message', odd, odd])).toMatchObject({
    name: odd.toString('latin1'),
    message: odd.toString('latin1'),
  });
});

it('readPush() leaves what it does not know', () => {
  expect(read(['invalidate', ['k']])).toBeNull();
  expect(read([])).toBeNull();
});
