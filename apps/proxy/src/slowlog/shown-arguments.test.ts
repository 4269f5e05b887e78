import { encodeCommand } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../session/request-of.ts';
import { shownArguments } from './shown-arguments.ts';

function shown(name: string | undefined, ...words: string[]): string[] {
  const request = requestOf(encodeCommand(words));
  return shownArguments(request, name).map((word) => Buffer.from(word).toString());
}
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `k${i}`);

describe('a request in the slow log', () => {
  it('shows 32 arguments, the last of which counts those that are left out', () => {
    expect(shown('mget', ...many(32))).toEqual(many(32));
    expect(shown('mget', ...many(33))).toEqual([...many(31), '... (2 more arguments)']);
  });

  it('shows 128 bytes of an argument', () => {
    const long = 'x'.repeat(128);
    expect(shown('set', 'SET', 'k', long, `${long}yz`)).toEqual([
      'SET',
      'k',
      long,
      `${long}... (2 more bytes)`,
    ]);
  });

  it.each<[string, string, string]>([
    ['auth', 'AUTH pw', 'AUTH *'],
    ['auth', 'AUTH user pw', 'AUTH * *'],
    ['hello', 'HELLO 3 AUTH user pw SETNAME me', 'HELLO 3 AUTH * * SETNAME me'],
    ['config|set', 'CONFIG SET hz 10 requirepass pw MasterAuth pw', 'CONFIG SET hz 10 requirepass * MasterAuth *'],
    ['config|set', 'CONFIG SET tls-key-file-pass pw', 'CONFIG SET tls-key-file-pass *'],
    ['config|get', 'CONFIG GET requirepass hz', 'CONFIG GET requirepass hz'],
    ['acl|setuser', 'ACL SETUSER me on >pw', 'ACL SETUSER me * *'],
    ['migrate', 'MIGRATE host 1 k 0 9 AUTH pw', 'MIGRATE host 1 k 0 9 AUTH *'],
    ['migrate', 'MIGRATE host 1 k 0 9 COPY AUTH2 user pw', 'MIGRATE host 1 k 0 9 COPY AUTH2 * *'],
    ['set', 'SET auth pw', 'SET auth pw'],
  ])('shows no secret of %s: %s', (name, request, want) =>
    expect(shown(name, ...request.split(' ')).join(' ')).toBe(want.replaceAll('*', '(redacted)')),
  ); // prettier-ignore

  it('shows a command that only the servers know as it is', () =>
    expect(shown(undefined, 'FT.SEARCH', 'i', 'q')).toEqual(['FT.SEARCH', 'i', 'q']));
});
