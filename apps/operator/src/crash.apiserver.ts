/**
 * The operator dies at each of its writes, once before the server has it and once when only the answer is missing. The
 * next one finds what is there, and ends with the same objects as one that was never disturbed.
 *
 * The writes are those that an undisturbed run makes, so a new step of a workflow is a new case by itself.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { Stage } from './testing/stage.ts';
import { openTheatre } from './testing/theatre.ts';
import type { Side } from './testing/write-gate.ts';

const theatre = await openTheatre();
afterAll(() => theatre[Symbol.asyncDispose]());

const undisturbed = await (async () => {
  await using stage = await Stage.create(theatre);
  await stage.startOperator();
  await stage.createCluster();
  await stage.untilReady();
  const created = { objects: await stage.objects(), recorded: await stage.recorded() };
  const createWrites = stage.writes.splice(0);
  await stage.deleteCluster();
  await stage.untilDeleted();
  const deleted = { objects: await stage.objects(), recorded: await stage.recorded() };
  return { created, createWrites, deleted, deleteWrites: stage.writes };
})();

const casesOf = (writes: readonly string[]): [string, Side][] =>
  [...new Set(writes)].flatMap((write): [string, Side][] => [
    [write, 'request'],
    [write, 'answer'],
  ]);

describe('an operator that is left alone', () => {
  it('makes what a cluster needs, and takes all of it away', () => {
    process.stdout.write(
      `${undisturbed.createWrites.join('\n')}\n--\n${undisturbed.deleteWrites.join('\n')}\n`,
    );
    expect(Object.keys(undisturbed.created.objects).sort()).toEqual([]);
    expect(undisturbed.deleted).toEqual({ objects: {}, recorded: null });
  });
});

describe.concurrent('a create goes on after the operator was killed', () => {
  it.each(casesOf(undisturbed.createWrites))('at %s, %s lost', async (write, side) => {
    await using stage = await Stage.create(theatre);
    await stage.startOperator();
    const killed = stage.killOperatorAt(write, side);
    await stage.createCluster();
    await killed;
    const secret = await stage.secret();
    await stage.startOperator();
    await stage.untilReady();
    expect(await stage.objects()).toEqual(undisturbed.created.objects);
    expect(await stage.recorded()).toEqual(undisturbed.created.recorded);
    if (secret !== undefined) expect(await stage.secret()).toBe(secret);
  });
});

describe.concurrent('a deletion goes on after the operator was killed', () => {
  it.each(casesOf(undisturbed.deleteWrites))('at %s, %s lost', async (write, side) => {
    await using stage = await Stage.create(theatre);
    await stage.startOperator();
    await stage.createCluster();
    await stage.untilReady();
    const killed = stage.killOperatorAt(write, side);
    await stage.deleteCluster();
    await killed;
    await stage.startOperator();
    await stage.untilDeleted();
    await expect.poll(() => stage.objects(), { timeout: 20_000 }).toEqual({});
    expect(await stage.recorded()).toBeNull();
  });
});
