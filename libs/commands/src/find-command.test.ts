import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandNamed, commands } from './command-list.ts';
import { findCommand } from './find-command.ts';
import { requestOf } from './request-of.ts';

const find = (...args: (string | Uint8Array)[]): string | undefined =>
  findCommand(requestOf(args))?.name;

describe('findCommand', () => {
  it('finds every command and subcommand, in any letter case', () => {
    const cases: ((text: string) => string)[] = [
      (text) => text,
      (text) => text.toUpperCase(),
      (text) =>
        text.replace(/[a-z]/g, (letter, at: number) => (at % 2 ? letter : letter.toUpperCase())),
    ];
    for (const command of commands) {
      for (const change of cases) {
        const request = requestOf([...change(command.name).split('|'), 'argument']);
        expect(findCommand(request)).toBe(command);
      }
    }
  });

  it.each([
    ['no arguments', [], undefined],
    ['an empty name', [''], undefined],
    ['an unknown name', ['nosuchcommand', 'a'], undefined],
    ['a longer name', ['gett', 'a'], undefined],
    ['a shorter name', ['ge', 'a'], undefined],
    ['a name that differs from GET in bit 5 of a byte only', ['g%t', 'a'], undefined],
    ['a subcommand by its full name', ['client|setname', 'a'], undefined],
    ['a subcommand as a command', ['setname', 'a'], undefined],
    ["a container's subcommand elsewhere", ['object', 'setname'], 'object'],
    ['a container alone', ['CLIENT'], 'client'],
    ['a container with an unknown subcommand', ['client', 'nosuch'], 'client'],
    ['a container with an empty subcommand', ['client', ''], 'client'],
    ['a container with its own name', ['config', 'config'], 'config'],
    ['a subcommand called as a command is', ['config', 'get', 'save'], 'config|get'],
    ['the command of that name', ['get', 'save'], 'get'],
  ])('resolves %s', (_name, args, name) => expect(find(...args)).toBe(name));

  it('takes no byte outside ASCII letters for another case', () => {
    expect(find(Uint8Array.of(0xc7, 0xc5, 0xd4))).toBeUndefined(); // GET with the high bit set
    expect(find(Uint8Array.of(0x47, 0x45, 0x54))).toBe('get');
  });

  it('says no to an argument of any length', () => {
    expect(find(new Uint8Array(1 << 20).fill(0x67))).toBeUndefined();
  });

  it('agrees with commandNamed on any bytes', () => {
    const name = fc.oneof(fc.constantFrom(...commands.map((command) => command.name)), fc.string());
    fc.assert(
      fc.property(
        name.filter((text) => !text.includes('|')),
        (text) => find(text) === commandNamed(text)?.name,
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (args) => {
        const text = Buffer.from(args[0] ?? []).toString('latin1');
        return args.length > 0
          ? find(...args)?.split('|')[0] === commandNamed(text)?.name
          : find() === undefined;
      }),
    );
  });
});
