import { commandNamed, commands } from '@keyfleet/commands';
import { describe, expect, it } from 'vitest';
import { dispositionOf } from './disposition.ts';

const of = (name: string): string => dispositionOf(commandNamed(name)!);

describe('dispositionOf', () => {
  it.each([
    [
      'oneKey',
      [
        'get',
        'set',
        'hset',
        'xadd',
        'zadd',
        'expire',
        'dump',
        'restore',
        'geoadd',
        'setbit',
        'getex',
      ],
    ],
    ['split', ['mget', 'mset', 'del', 'unlink', 'exists', 'touch']],
    [
      'sameSlot',
      [
        'rename',
        'sinter',
        'zunionstore',
        'bitop',
        'msetnx',
        'lmove',
        'copy',
        'object|encoding',
        'xgroup|create',
        'pfcount',
      ],
    ],
    [
      'own',
      [
        'ping',
        'hello',
        'auth',
        'client|setname',
        'command|docs',
        'select',
        'quit',
        'info',
        'multi',
        'exec',
        'config|get',
        'keys',
        'scan',
        'flushall',
        'config|set',
        'script|load',
        'eval',
        'fcall',
        'wait',
        'subscribe',
        'spublish',
      ],
    ],
    ['refused', ['migrate', 'shutdown', 'replicaof', 'debug']],
  ])('%s', (want, names) => {
    expect(names.map((name) => [name, of(name)])).toEqual(names.map((name) => [name, want]));
  });

  it('lets no command through that has no key, that blocks, or that only an admin may use', () => {
    const passed = commands.filter((command) =>
      ['oneKey', 'sameSlot', 'split'].includes(dispositionOf(command)),
    );
    expect(
      passed.filter((command) => !command.hasKeys || command.isAdmin || command.isPubsub),
    ).toEqual([]);
    expect(passed.filter((command) => command.isBlocking)).toEqual([]);
  });
});
