/**
 * The specification of key extraction is what real servers answer: `fixtures/getkeys.json` holds
 * COMMAND GETKEYS of three servers for thousands of requests (written by tools/commands). What
 * differs on purpose is listed in `deviations.ts`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandNamed, commands } from './command-list.ts';
import type { ServerName } from './command-row.ts';
import { deviations } from './deviations.ts';
import { extractKeys } from './extract-keys.ts';
import { getKeys } from './get-keys.ts';
import { requestOf } from './request-of.ts';

type Answer = string[] | string | null;
type Row = [request: string[], redis7: Answer, redis8: Answer, valkey9: Answer];

const columns: readonly ServerName[] = ['redis7', 'redis8', 'valkey9'];
const rows = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/getkeys.json'), 'utf8'),
) as Row[];

describe.each(columns)('extractKeys and %s', (server) => {
  const column = columns.indexOf(server) + 1;
  const theirs = rows.filter((row) => row[column] !== null);
  const deviating = deviations.filter(({ from }) => from.includes(server));

  it('find the same keys in the same order, and the same mistakes', () => {
    const asked = theirs.filter(([request]) => !deviating.some(({ isOf }) => isOf(request)));
    const ours = asked.map(([request]) => [request, getKeys(request)]);
    expect(asked.length).toBeGreaterThan(2800);
    expect(ours).toEqual(asked.map((row) => [row[0], row[column]]));
  });

  it.each(deviating)('differ because $because', ({ isOf }) => {
    const differing = theirs.filter(([request]) => isOf(request));
    const same = (row: Row): boolean =>
      JSON.stringify(getKeys(row[0])) === JSON.stringify(row[column]);
    expect(differing.every(same)).toBe(false);
  });
});

describe('extractKeys', () => {
  it.each([
    ['the last STORE of SORT', 'SORT l BY w STORE a GET STORE store b', ['l', 'b']],
    ['no pattern of SORT', 'SORT l BY w_* GET o_*', ['l']],
    ['half of what follows STREAMS', 'XREAD COUNT 1 streams a b 0 0', ['a', 'b']],
    [
      'the streams of a consumer called STREAMS',
      'XREADGROUP COUNT 1 GROUP g STREAMS STREAMS s >',
      ['s'],
    ],
    ['the one key of MIGRATE', 'MIGRATE h 1 k 0 9 COPY', ['k']],
    [
      'what follows KEYS, not a password of that name',
      'MIGRATE h 1  0 9 AUTH keys KEYS a b',
      ['a', 'b'],
    ],
    [
      'a destination before what it is made of',
      'ZUNIONSTORE out 2 a b WEIGHTS 1 2',
      ['out', 'a', 'b'],
    ],
    ['a key as often as it is named', 'MGET a b a', ['a', 'b', 'a']],
    ['every second argument', 'MSET a 1 b 2', ['a', 'b']],
    ['all but the timeout', 'BLPOP a b 0', ['a', 'b']],
    ['none of a script without keys', 'EVAL script 0 a', []],
    ['the key after a subcommand', 'OBJECT ENCODING a', ['a']],
    ['the key of SET with GET', 'SET k v GET', ['k']],
  ])('takes %s', (_name, line, keys) => expect(getKeys(line.split(' '))).toEqual(keys));

  it('finds one key at argument 1 wherever the table says so', () => {
    for (const command of commands.filter(({ oneKey }) => oneKey)) {
      const length = Math.max(2, Math.abs(command.arity));
      const into: number[] = [];
      expect([
        command.name,
        extractKeys(command, requestOf(Array<string>(length).fill('k')), into),
      ]).toEqual([command.name, 1]);
      expect(into).toEqual([1]);
    }
  });

  it('finds none in a command that has none, a channel is no key', () => {
    expect(extractKeys(commandNamed('ping')!, requestOf(['ping', 'k']), [])).toBe(0);
    expect(extractKeys(commandNamed('spublish')!, requestOf(['spublish', 'c', 'm']), [])).toBe(0);
  });

  it('keeps within any request of any command, and fills either kind of list alike', () => {
    const argument = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom(
        'STREAMS',
        'store',
        'KEYS',
        'GET',
        'BY',
        'GROUP',
        'AUTH',
        '',
        '0',
        '1',
        '2',
        '-3',
        '9'.repeat(30),
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...commands),
        fc.array(argument, { maxLength: 12 }),
        (command, rest) => {
          const request = requestOf([command.name, ...rest]);
          const list: number[] = [];
          const reused = new Int32Array(request.count);
          const count = extractKeys(command, request, list);
          expect(extractKeys(command, request, reused)).toBe(count);
          expect(count).toBeLessThan(request.count);
          const positions = list.slice(0, Math.max(0, count));
          expect(positions).toHaveLength(Math.max(0, count));
          expect([...reused.subarray(0, positions.length)]).toEqual(positions);
          expect(positions.every((position) => position > 0 && position < request.count)).toBe(
            true,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });
});
