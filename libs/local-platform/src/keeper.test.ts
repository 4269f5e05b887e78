import { readFileSync } from 'node:fs';
import { systemClock } from '@keyfleet/runtime';
import { temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { Keeper, type Command } from './keeper.ts';
import { logPath } from './log-files.ts';
import { isAlive, type ProcessMark } from './process-mark.ts';

const node = (script: string): Command => ({ file: process.execPath, args: ['-e', script] });
const lasting = node('setInterval(() => {}, 1000)');

/** A keeper in virtual time; `ended` resolves at the next end of a process. */
async function newKeeper() {
  const directory = await temporaryDirectory();
  const world = { nowMs: 0, recorded: {} as Readonly<Record<string, ProcessMark>> };
  let onEnd: (end: [string, string, number]) => void = () => undefined;
  const keeper = new Keeper({
    dataDir: directory.path,
    clock: { ...systemClock, monotonicMs: () => world.nowMs },
    record: (processes) => (world.recorded = processes),
    onEnd: (...end) => onEnd(end),
  });
  const ended = () => new Promise<[string, string, number]>((resolve) => (onEnd = resolve));
  return {
    keeper,
    world,
    ended,
    dataDir: directory.path,
    [Symbol.asyncDispose]: async () => {
      await keeper.stopAll(0);
      await directory[Symbol.asyncDispose]();
    },
  };
}

describe('Keeper', () => {
  it('starts a process once, records it, and stops it', async () => {
    await using kept = await newKeeper();
    const { keeper, world } = kept;
    expect(keeper.stateOf('a')).toEqual({ state: 'absent' });
    keeper.start('a', lasting);
    const { a } = world.recorded;
    expect(isAlive(a!)).toBe(true);
    expect(keeper.stateOf('a')).toMatchObject({ state: 'running', pid: a!.pid });
    keeper.start('a', lasting);
    expect(world.recorded).toEqual({ a });
    await keeper.stop(['a'], 10_000);
    expect(isAlive(a!)).toBe(false);
  });

  it('takes an end that it asked for as no failure: the process may be started again', async () => {
    await using kept = await newKeeper();
    const { keeper, ended } = kept;
    const end = ended();
    keeper.start('other', lasting);
    keeper.start('a', lasting);
    const stopped = keeper.stop(['a'], 10_000);
    expect(keeper.stateOf('a')).toEqual({ state: 'stopping', because: 'was told to end' });
    await stopped;
    await expect.poll(() => keeper.stateOf('a')).toEqual({ state: 'absent' });
    keeper.start('a', node('process.exit(3)'));
    expect(await end).toEqual(['a', 'ended with 3', 1]);
    expect(keeper.stateOf('other')).toMatchObject({ state: 'running' });

    await keeper.stop(['a'], 0);
    expect(keeper.stateOf('a')).toEqual({ state: 'absent' });
  });

  it('starts nothing when it is closed', async () => {
    await using kept = await newKeeper();
    const { keeper, world } = kept;
    keeper.start('a', lasting);
    keeper.close();
    keeper.start('b', lasting);
    expect(Object.keys(world.recorded)).toEqual(['a']);
    await keeper.stopAll(0);
    await expect.poll(() => world.recorded).toEqual({});
  });

  it('holds back what ends, each time longer, and says how often it ended in a row', async () => {
    await using kept = await newKeeper();
    const { keeper, world, ended } = kept;
    const holdsMs: number[] = [];
    for (let failures = 1; failures <= 4; failures++) {
      const end = ended();
      keeper.start('a', node('process.exit(3)'));
      expect(await end).toEqual(['a', 'ended with 3', failures]);
      const state = keeper.stateOf('a');
      if (state.state !== 'failed') throw new Error(`Cannot go on: ${state.state}, want failed`);
      holdsMs.push(state.untilMs - world.nowMs);
      world.nowMs = state.untilMs;
      expect(keeper.stateOf('a')).toEqual({ state: 'absent' });
    }
    expect(holdsMs).toEqual([100, 200, 400, 800]);
    expect(world.recorded).toEqual({});
  });

  it('begins to count again when a process was well for a while', async () => {
    await using kept = await newKeeper();
    const { keeper, world, ended } = kept;
    for (const wantedFailures of [1, 1]) {
      keeper.start('a', lasting);
      world.nowMs += 60_000;
      const end = ended();
      process.kill(world.recorded['a']!.pid, 'SIGKILL');
      expect(await end).toEqual(['a', 'ended with SIGKILL', wantedFailures]);
      world.nowMs += 60_000;
    }
  });

  it('reports a program that cannot be run', async () => {
    await using kept = await newKeeper();
    const { keeper, ended } = kept;
    const end = ended();
    keeper.start('a', { file: '/nowhere/redis-server', args: [] });
    expect(await end).toEqual(['a', expect.stringMatching(/could not start: .*ENOENT/), 1]);
  });

  it('appends what a process says to its log', async () => {
    await using kept = await newKeeper();
    const { keeper, world, ended, dataDir } = kept;
    for (const word of ['one', 'two']) {
      const end = ended();
      keeper.start('a', node(`console.log('${word}'); console.error('error')`));
      await end;
      world.nowMs += 60_000;
    }
    expect(readFileSync(logPath(dataDir, 'a'), 'utf8')).toBe('one\nerror\ntwo\nerror\n');
  });
});
