import { describe, expect, it } from 'vitest';
import { hasValidArity } from './command.ts';
import { loadCommandDocs } from './command-docs.ts';
import { commandNamed, commands } from './command-list.ts';

const named = (name: string): NonNullable<ReturnType<typeof commandNamed>> => commandNamed(name)!;

describe('commands', () => {
  it('are numbered by their place, sorted by name, each once and in lower case', () => {
    const names = commands.map(({ name }) => name);
    expect(commands.map(({ index }) => index)).toEqual(names.map((_, i) => i));
    expect(names).toEqual([...new Set(names)].sort());
    expect(names.filter((name) => !/^[a-z0-9_-]+(\|[a-z0-9_-]+)?$/.test(name))).toEqual([]);
  });

  it('know their container, and it knows them', () => {
    for (const command of commands) {
      const [container, subcommand] = command.name.split('|');
      expect(command.container?.name).toBe(subcommand === undefined ? undefined : container);
      if (command.container) expect(command.container.subcommands).toContain(command);
      for (const child of command.subcommands) expect(child.container).toBe(command);
    }
  });

  it('are the union of what three servers know', () => {
    expect(named('vadd').servers).toEqual(['redis8']);
    expect(named('delifeq').servers).toEqual(['valkey9']);
    expect(named('get').servers).toEqual(['redis7', 'redis8', 'valkey9']);
    for (const server of ['redis7', 'redis8', 'valkey9'] as const) {
      expect(commands.filter(({ servers }) => servers.includes(server)).length).toBeGreaterThan(
        360,
      );
    }
  });

  it('say what a proxy asks: writes, reads, neither; never both', () => {
    expect(named('set')).toMatchObject({
      isWrite: true,
      isReadonly: false,
      oneKey: true,
      arity: -3,
    });
    expect(named('get')).toMatchObject({
      isWrite: false,
      isReadonly: true,
      oneKey: true,
      arity: 2,
    });
    expect(named('eval')).toMatchObject({
      isWrite: false,
      isReadonly: false,
      keysAreOptional: true,
    });
    expect(named('blpop')).toMatchObject({ isBlocking: true, oneKey: false, hasKeys: true });
    expect(named('ssubscribe')).toMatchObject({ isPubsub: true, hasKeys: false });
    expect(named('sort_ro')).toMatchObject({ oneKey: false, hasKeys: true });
    expect(named('config|set')).toMatchObject({
      isAdmin: true,
      hasKeys: false,
      container: named('config'),
    });
    expect(commands.filter(({ isWrite, isReadonly }) => isWrite && isReadonly)).toEqual([]);
  });

  it.each([
    ['del', 'multi_shard', 'agg_sum'],
    ['mget', 'multi_shard', undefined],
    ['mset', 'multi_shard', 'all_succeeded'],
    ['dbsize', 'all_shards', 'agg_sum'],
    ['ping', 'all_shards', 'all_succeeded'],
    ['scan', 'special', 'special'],
    ['config|set', 'all_nodes', 'all_succeeded'],
    ['get', undefined, undefined],
  ])('carry the policies of %s', (name, requestPolicy, responsePolicy) => {
    expect(named(name)).toMatchObject({ requestPolicy, responsePolicy });
  });

  it('are found by name in any letter case', () => {
    expect(commandNamed('CLIENT|SetName')).toBe(named('client|setname'));
    expect(commandNamed('nosuch')).toBeUndefined();
  });
});

describe('hasValidArity', () => {
  it('takes exactly a positive arity, at least a negative one, for every command', () => {
    for (const command of commands) {
      const least = Math.abs(command.arity);
      expect(hasValidArity(command, least)).toBe(true);
      expect(hasValidArity(command, least - 1)).toBe(false);
      expect(hasValidArity(command, least + 1)).toBe(command.arity < 0);
    }
  });

  it('counts the name, and the container before a subcommand', () => {
    expect(hasValidArity(named('get'), 2)).toBe(true);
    expect(hasValidArity(named('client|setname'), 3)).toBe(true);
    expect(hasValidArity(named('client|setname'), 2)).toBe(false);
  });
});

describe('loadCommandDocs', () => {
  it('knows a summary of every command, those of modules excepted', async () => {
    const docs = await loadCommandDocs();
    const undocumented = commands.filter(({ name }) => typeof docs[name]?.['summary'] !== 'string');
    expect(undocumented.filter(({ flags }) => !flags.has('module'))).toEqual([]);
    expect(Object.keys(docs).filter((name) => !commandNamed(name))).toEqual([]);
    expect(docs['get']).toMatchObject({ group: 'string', since: '1.0.0' });
  });
});
