/**
 * The operator dies at each of its writes, once before the server has it and once when only the answer is missing. The
 * next one finds what is there, and ends with the same objects as one that was never disturbed.
 *
 * The writes are those that an undisturbed run makes, so a new step of a workflow is a new case by itself.
 */
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { Stage } from './testing/stage.ts';
import { openTheatre } from './testing/theatre.ts';
import type { Side } from './testing/write-gate.ts';

type Case = readonly [write: string, side: Side];

const theatre = await openTheatre();
afterAll(() => theatre[Symbol.asyncDispose]());

const undisturbed = await (async () => {
  await using stage = await Stage.create(theatre);
  await stage.startOperator();
  await stage.createCluster();
  await stage.untilReady();
  const objects = await stage.objects();
  const recorded = await stage.recorded();
  const createWrites = stage.writes.splice(0);
  await stage.deleteCluster();
  await stage.untilDeleted();
  return { objects, recorded, createWrites, deleteWrites: stage.writes };
})();

/** What is written several times, such as the status of one step, is met the first time. */
function casesOf(writes: readonly string[]): Case[] {
  return [...new Set(writes)].flatMap((write): Case[] => [
    [write, 'request'],
    [write, 'answer'],
  ]);
}

async function stageFor(
  { onTestFailed }: TestContext,
  deleteDeadlineSeconds?: number,
): Promise<Stage> {
  const stage = await Stage.create(theatre, deleteDeadlineSeconds);
  onTestFailed(() => void process.stderr.write(`${stage.log}\n`));
  return stage;
}

it('an operator that is left alone makes what a cluster needs', () => {
  expect(Object.keys(undisturbed.objects).sort()).toEqual([
    'ConfigMap/orders-shard-0',
    'Deployment/orders-proxy',
    'PersistentVolumeClaim/data-orders-shard-0-0',
    'PersistentVolumeClaim/data-orders-shard-0-1',
    'Pod/orders-proxy-*',
    'Pod/orders-shard-0-0',
    'Pod/orders-shard-0-1',
    'PodDisruptionBudget/orders-proxy',
    'PodDisruptionBudget/orders-shard-0',
    'Secret/orders-credentials',
    'Secret/orders-shard-0',
    'Service/orders-proxy',
    'Service/orders-shard-0',
    'StatefulSet/orders-shard-0',
  ]);
  const shard = { slots: '0-16383', primary: 'shard-0-0', replicas: ['shard-0-1'] };
  expect(undisturbed.recorded).toEqual({ phase: 'Ready', shards: [shard] });
});

describe.concurrent('a create goes on after the operator died', () => {
  it.for(casesOf(undisturbed.createWrites))('at %s, %s lost', async ([write, side], context) => {
    await using stage = await stageFor(context);
    await stage.startOperator();
    const died = stage.killOperatorAt(write, side);
    await stage.createCluster();
    await died;
    const secret = await stage.secret();
    await stage.replaceOperator();
    await stage.untilReady();
    expect(await stage.objects()).toEqual(undisturbed.objects);
    expect(await stage.recorded()).toEqual(undisturbed.recorded);
    // Servers run with it from the moment that it is there.
    if (secret !== undefined) expect(await stage.secret()).toBe(secret);
  });
});

describe.concurrent('a deletion goes on after the operator died', () => {
  it.for(casesOf(undisturbed.deleteWrites))('at %s, %s lost', async ([write, side], context) => {
    await using stage = await stageFor(context);
    await stage.startOperator();
    await stage.createCluster();
    await stage.untilReady();
    const died = stage.killOperatorAt(write, side);
    await stage.deleteCluster();
    await died;
    await stage.replaceOperator();
    await stage.untilDeleted();
    expect(await stage.recorded()).toBeNull();
    await stage.untilNothingIsLeft();
  });
});

it('a deletion is done as ever when no operator was there until after its deadline', async (context) => {
  await using stage = await stageFor(context, 10);
  const operator = await stage.startOperator();
  await stage.createCluster();
  await stage.untilReady();
  await operator.process.kill();
  await stage.deleteCluster();
  await stage.untilDeletionIsDue();
  await stage.replaceOperator();
  await stage.untilDeleted();
  expect(await stage.recorded()).toBeNull();
  await stage.untilNothingIsLeft();
});
