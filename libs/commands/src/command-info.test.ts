import { describe, expect, it } from 'vitest';
import { foreignCommand, type CommandInfo } from './command-info.ts';
import { commands } from './command-list.ts';
import { extractKeys } from './extract-keys.ts';
import { requestOf } from './request-of.ts';

const entry = (
  name: string,
  subcommands: readonly CommandInfo[] = [],
  keystep = 1,
): CommandInfo => [
  name,
  -2,
  ['readonly', 'module'],
  1,
  -2,
  1,
  [],
  [],
  [
    {
      flags: ['RO', 'access'],
      begin_search: { type: 'index', spec: { index: 1 } },
      find_keys: { type: 'range', spec: { lastkey: -2, keystep, limit: 0 } },
    },
  ],
  subcommands,
];

describe('a command that is not in the table', () => {
  it('finds its keys by what the server says of it', () => {
    const command = foreignCommand('json.mget', entry('json.mget'));
    const keys: number[] = [];
    const request = requestOf(['JSON.MGET', 'a', 'b', '$']);
    expect(extractKeys(command, request, keys)).toBe(2);
    expect(keys).toEqual([1, 2]);
    expect(extractKeys(command, requestOf(['JSON.MGET', '$']), keys)).toBe(-1);
  });

  it.each([0, -1])('has no keys that can be found where the step is %d', (keystep) => {
    const command = foreignCommand('json.mget', entry('json.mget', [], keystep));
    expect(extractKeys(command, requestOf(['JSON.MGET', 'a', 'b', '$']), [])).toBe(-1);
  });

  it('is behind the table, called as it was asked for, with its subcommands', () => {
    const command = foreignCommand('my.mget', entry('mget', [entry('mget|help')]));
    expect(command).toMatchObject({ name: 'my.mget', index: commands.length, isReadonly: true });
    expect(command.subcommands.map(({ name }) => name)).toEqual(['my.mget|help']);
    expect(command.subcommands[0]!.container).toBe(command);
  });
});
