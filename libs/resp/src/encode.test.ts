import { describe, expect, it } from 'vitest';
import { decodeReply } from './decode.ts';
import { encode, encodeReply } from './encode.ts';
import { encodeCommand } from './encode-command.ts';
import { ProtocolError } from './protocol-error.ts';
import { ErrorReply, type Reply } from './reply.ts';
import { firstElement, skipReply } from './split-array.ts';
import { bytesOf, textOf } from './testing/feeding.ts';

describe('encode', () => {
  it.each([
    ['simpleString', encode.simpleString('OK'), '+OK\r\n'],
    ['errorReply', encode.errorReply('ERR no'), '-ERR no\r\n'],
    ['errorReply on one line', encode.errorReply("ERR got '\r\n'"), "-ERR got '  '\r\n"],
    ['integer', encode.integer(-3), ':-3\r\n'],
    ['bulk of text', encode.bulk('é'), '$2\r\n\xc3\xa9\r\n'],
    ['bulk of bytes', encode.bulk(Uint8Array.of(0, 255)), '$2\r\n\0\xff\r\n'],
    ['nullReply 2', encode.nullReply(2), '$-1\r\n'],
    ['nullReply 3', encode.nullReply(3), '_\r\n'],
    ['array', encode.array([encode.integer(1), encode.bulk('a')]), '*2\r\n:1\r\n$1\r\na\r\n'],
  ])('%s', (_name, frame, want) => expect(textOf(frame)).toBe(want));
});

describe('encodeCommand', () => {
  it('writes text as UTF-8 and bytes as they are', () => {
    expect(textOf(encodeCommand(['SET', 'é', Uint8Array.of(13, 10)]))).toBe(
      '*3\r\n$3\r\nSET\r\n$2\r\n\xc3\xa9\r\n$2\r\n\r\n\r\n',
    );
  });
});

describe('encodeReply says in each version', () => {
  it.each<[string, Reply, string, string]>([
    ['null', null, '$-1\r\n', '_\r\n'],
    ['a boolean', true, ':1\r\n', '#t\r\n'],
    ['an integer', 42, ':42\r\n', ':42\r\n'],
    [
      'an integer beyond 2^53',
      2n ** 63n - 1n,
      ':9223372036854775807\r\n',
      ':9223372036854775807\r\n',
    ],
    ['a big number', 2n ** 63n, '$19\r\n9223372036854775808\r\n', '(9223372036854775808\r\n'],
    ['a number with a fraction', 1.5, '$3\r\n1.5\r\n', ',1.5\r\n'],
    ['a double', { type: 'double', value: 3 }, '$1\r\n3\r\n', ',3\r\n'],
    ['infinity', { type: 'double', value: -Infinity }, '$4\r\n-inf\r\n', ',-inf\r\n'],
    ['minus zero', { type: 'double', value: -0 }, '$2\r\n-0\r\n', ',-0\r\n'],
    ['not a number', { type: 'double', value: NaN }, '$3\r\nnan\r\n', ',nan\r\n'],
    ['a status', { type: 'status', text: 'OK' }, '+OK\r\n', '+OK\r\n'],
    ['an error', new ErrorReply('ERR x'), '-ERR x\r\n', '-ERR x\r\n'],
    [
      'a verbatim string',
      { type: 'verbatim', format: 'txt', text: 'a' },
      '$1\r\na\r\n',
      '=5\r\ntxt:a\r\n',
    ],
    [
      'a map',
      new Map([['a', [1]]]),
      '*2\r\n$1\r\na\r\n*1\r\n:1\r\n',
      '%1\r\n$1\r\na\r\n*1\r\n:1\r\n',
    ],
    ['a set', new Set([1]), '*1\r\n:1\r\n', '~1\r\n:1\r\n'],
    ['a push', { type: 'push', items: ['a'] }, '*1\r\n$1\r\na\r\n', '>1\r\n$1\r\na\r\n'],
    ['what is nested', [null, false], '*2\r\n$-1\r\n:0\r\n', '*2\r\n_\r\n#f\r\n'],
  ])('%s', (_name, reply, resp2, resp3) => {
    expect(textOf(encodeReply(reply, 2))).toBe(resp2);
    expect(textOf(encodeReply(reply, 3))).toBe(resp3);
  });
});

describe('decodeReply', () => {
  it.each<[string, Reply]>([
    [':9007199254740991\r\n', 9007199254740991],
    [':9007199254740992\r\n', 9007199254740992n],
    [':9007199254740993\r\n', 9007199254740993n],
    [':-9007199254740991\r\n', -9007199254740991],
    [':-9007199254740992\r\n', -9007199254740992n],
    [':9223372036854775807\r\n', 9223372036854775807n],
    [':-9223372036854775808\r\n', -9223372036854775808n],
    [':+5\r\n', 5],
    [',inf\r\n', { type: 'double', value: Infinity }],
    [',-1.5e-7\r\n', { type: 'double', value: -1.5e-7 }],
    ['*-1\r\n', null],
    ['$3\r\n\xef\xbb\xbf\r\n', '\ufeff'],
    ['$1\r\n\xff\r\n', Uint8Array.of(255)],
    ['|1\r\n+a\r\n:1\r\n*2\r\n|0\r\n:2\r\n:3\r\n', [2, 3]],
    ['!7\r\nMOVED x\r\n', new ErrorReply('MOVED x')],
  ])('%j', (text, want) => expect(decodeReply(bytesOf(text))).toEqual(want));

  it('reads a part of the bytes', () => {
    expect(decodeReply(bytesOf('xx:1\r\nyy'), 2, 6)).toBe(1);
  });

  it.each([
    '',
    ':1',
    ':1\r\n:2\r\n',
    ':x\r\n',
    ',x\r\n',
    ',\r\n',
    '#x\r\n',
    '_x\r\n',
    '=2\r\nab\r\n',
  ])('refuses %j', (text) => expect(() => decodeReply(bytesOf(text))).toThrow(ProtocolError));

  it('refuses nesting beyond 128 levels', () => {
    const nested = (levels: number): Uint8Array => bytesOf(`${'*1\r\n'.repeat(levels)}:1\r\n`);
    expect(() => decodeReply(nested(128))).not.toThrow();
    expect(() => decodeReply(nested(129))).toThrow('nested more than 128');
  });

  it('makes errors values that tell their code', () => {
    const error = decodeReply(bytesOf('-MOVED 1 127.0.0.1:1\r\n')) as ErrorReply;
    expect([error.code, error.text]).toEqual(['MOVED', 'MOVED 1 127.0.0.1:1']);
  });
});

describe('firstElement and skipReply', () => {
  const split = (text: string, count: number): string[] | null => {
    const bytes = bytesOf(`xx${text}yy`);
    let at = firstElement(bytes, 2, count);
    if (at < 0) return null;
    return Array.from({ length: count }, () => {
      const start = at;
      at = skipReply(bytes, start, bytes.length - 2);
      return textOf(bytes, start, at);
    });
  };

  it('skip an attribute of the array and leave those of its elements on them', () => {
    expect(split('|1\r\n*1\r\n:1\r\n+a\r\n*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n$-1\r\n', 2)).toEqual([
      '|1\r\n+a\r\n+b\r\n:1\r\n',
      '$-1\r\n',
    ]);
  });

  it.each(['*-1\r\n', '$-1\r\n', '-ERR x\r\n', '_\r\n', '%0\r\n', '*2\r\n:1\r\n:2\r\n', '*0\r\n'])(
    'find no array of one element in %j',
    (text) => expect(split(text, 1)).toBeNull(),
  );

  it('refuse an array that ends early', () => {
    expect(() => split('*2\r\n:1\r\n', 2)).toThrow(ProtocolError);
  });
});
