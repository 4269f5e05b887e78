import { commandNamed, commands, foreignCommand, type CommandInfo } from '@keyfleet/commands';
import { describe, expect, it } from 'vitest';
import { dispositionOf } from './disposition.ts';
import { refusalReason, refusalText, refusedNames } from './refusal-reasons.ts';

const isRefused = (name: string): boolean => dispositionOf(commandNamed(name)!) === 'refused';

describe('the reasons of refusals', () => {
  it('are there for every command that is refused, and for no other', () => {
    const refused = commands
      .filter(({ name, subcommands }) => subcommands.length === 0 && isRefused(name))
      .map(({ name }) => name);
    expect(refused.toSorted()).toEqual(refusedNames.toSorted());
  });

  it('are told to the client', () => {
    expect(refusalText(commandNamed('shutdown')!)).toBe(
      'ERR SHUTDOWN is not available through the proxy: servers are started and stopped by the platform',
    );
    expect(refusalText(commandNamed('cluster|setslot')!)).toMatch(
      /^ERR CLUSTER SETSLOT is not available through the proxy: slots, .* configserver/,
    );
  });

  it("are in Redis' own words where it has some", () => {
    expect(refusalText(commandNamed('swapdb')!)).toBe('ERR SWAPDB is not allowed in cluster mode');
    expect(refusalText(commandNamed('slaveof')!)).toBe(
      'ERR REPLICAOF not allowed in cluster mode.',
    );
    expect(refusalText(commandNamed('debug')!)).toMatch(/^ERR DEBUG command not allowed\. If the/);
  });

  it.each([
    [['blocking'], [], /it blocks/],
    [['admin'], [], /it changes/],
    [['readonly'], [], /one shard does not have the whole answer/],
    [['readonly'], [keySpec('unknown')], /does not tell where all its keys are/],
    [['readonly'], [rangeSpec(0)], /does not tell where all its keys are/],
    [['readonly'], [rangeSpec(1, -1)], /does not tell where all its keys are/],
    [['movablekeys', 'readonly'], [rangeSpec(1)], /does not tell where all its keys are/],
  ])('of a command that only the servers know with flags %s', (flags, specs, want) => {
    const info = ['ft.x', -1, flags, 0, 0, 0, [], [], specs, []] as unknown as CommandInfo;
    const command = foreignCommand('ft.x', info);
    expect(dispositionOf(command)).toBe('refused');
    expect(refusalReason(command)).toMatch(want);
  });
});

function keySpec(type: string): object {
  return { flags: [], begin_search: { type, spec: {} }, find_keys: { type, spec: {} } };
}

function rangeSpec(keystep: number, index = 1): object {
  const find_keys = { type: 'range', spec: { lastkey: 0, keystep, limit: 0 } };
  return { flags: [], begin_search: { type: 'index', spec: { index } }, find_keys };
}
