import { describe, expect, it } from 'vitest';
import { listedCommands } from './command-list.ts';

describe('COMMAND LIST', () => {
  it('has subcommands too', () => {
    expect(listedCommands([])).toEqual(expect.arrayContaining(['config', 'config|get', 'get']));
  });

  it.each<[string[], string[]]>([
    [['filterby', 'pattern', 'GET'], ['get']],
    [
      ['FILTERBY', 'Pattern', 'config|*re*'],
      ['config|resetstat', 'config|rewrite'],
    ],
    [['filterby', 'aclcat', 'nosuch'], []],
    [['filterby', 'module', 'json'], []],
  ])('%j gives %j', (options, want) => expect(listedCommands(options)).toEqual(want));

  it('knows the categories', () => {
    const found = listedCommands(['filterby', 'aclcat', 'scripting']);
    expect(found).toEqual(expect.arrayContaining(['eval', 'fcall']));
    expect(found).not.toContain('get');
  });

  it.each([
    [['filterby']],
    [['by', 'pattern', '*']],
    [['filterby', 'name', '*']],
    [['a', 'b', 'c', 'd']],
  ])('%j is a syntax error', (options) => expect(listedCommands(options)).toBeNull());
});
