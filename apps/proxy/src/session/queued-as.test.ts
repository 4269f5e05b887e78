import { commandNamed, commands } from '@keyfleet/commands';
import { describe, expect, it } from 'vitest';
import { dispositionOf } from '../route/disposition.ts';
import { queuedAs, type QueuedAs } from './queued-as.ts';

const of = (name: string): QueuedAs => queuedAs(commandNamed(name)!);

describe('queuedAs', () => {
  it.each<[QueuedAs, string[]]>([
    ['atOnce', ['multi', 'exec', 'discard', 'watch', 'quit', 'reset']],
    ['forwarded', ['get', 'set', 'mset', 'rename', 'eval', 'publish', 'time']],
    ['emulated', ['ping', 'echo', 'client|setname', 'client|id', 'auth', 'command|count', 'unwatch']],
    ['select', ['select']],
    ['refused', ['hello', 'client|reply', 'subscribe', 'monitor', 'keys', 'scan', 'flushall', 'dbsize', 'swapdb', 'randomkey', 'migrate', 'shutdown', 'config|get', 'config|set', 'script|load', 'command|docs']],
  ])('%s', (want, names) => {
    expect(names.map((name) => [name, of(name)])).toEqual(names.map((name) => [name, want]));
  }); // prettier-ignore

  it('lets one server do what concerns all keys', () => {
    const names = ['dbsize', 'flushall', 'flushdb', 'keys', 'randomkey'];
    expect(names.map((name) => queuedAs(commandNamed(name)!, true))).toEqual(
      names.map(() => 'forwarded'),
    );
    expect(queuedAs(commandNamed('scan')!, true)).toBe('refused');
  });

  it('lets whatever goes to the shard of its keys do so inside too', () => {
    const direct = commands.filter((command) =>
      ['oneKey', 'sameSlot', 'split'].includes(dispositionOf(command)),
    );
    expect(direct.filter((command) => queuedAs(command) !== 'forwarded')).toEqual([]);
  });
});
