import { encodeReply } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { Invalidation, invalidatedKeys } from './invalidation.ts';

const odd = '\r\n$3\r\n\xff\0';

function read(push: Uint8Array) {
  const among = Buffer.concat([Buffer.from('+before\r\n'), push, Buffer.from('+behind\r\n')]);
  return invalidatedKeys(among, 9, 9 + push.length);
}

describe('invalidatedKeys', () => {
  it.each([[['a']], [['a', odd, '']], [[]]])('of %j', (keys) => {
    expect(read(new Invalidation(keys).push)).toEqual(keys);
  });

  it('is null for all', () => {
    expect(read(new Invalidation(null).push)).toBeNull();
    expect(new Invalidation(null).push).toEqual(
      Buffer.from(encodeReply({ type: 'push', items: ['invalidate', null] }, 3)),
    );
  });

  it.each(['message', 'tracking-redir-broken', 'invalidatx'])(
    'knows %s for another push',
    (name) => {
      expect(
        read(Buffer.from(encodeReply({ type: 'push', items: [name, ['a']] }, 3))),
      ).toBeUndefined();
    },
  );
});

describe('a message', () => {
  it.each([
    [['a', 'bc'], '*2\r\n$1\r\na\r\n$2\r\nbc\r\n'],
    [null, '$-1\r\n'],
  ])('of %j', (keys, end) => {
    const channel = '$20\r\n__redis__:invalidate\r\n';
    const { message } = new Invalidation(keys);
    expect(Buffer.from(message).toString('latin1')).toBe(`*3\r\n$7\r\nmessage\r\n${channel}${end}`);
  });
});
