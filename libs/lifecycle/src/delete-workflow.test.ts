/** The delete workflow against a world in ticks of time (testing/world.ts). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorkflow } from './create-workflow.ts';
import { deleteWorkflow } from './delete-workflow.ts';
import { ClusterSpec } from './manifest.ts';
import type { DeleteStep } from './plan-delete.ts';
import { World } from './testing/world.ts';

const { signal } = new AbortController();
const DEADLINE = 1000;

type Retention = 'Retain' | 'Delete';

function worldOf(whenDeleted: Retention): World {
  const storage = { retention: { whenDeleted } };
  const world = new World(ClusterSpec.parse({ shards: 2, storage }), 2);
  world.isControlUp = true;
  return world;
}

async function create(world: World, stepsMax: number): Promise<string> {
  const { platform, controlPlane } = world;
  let last = '';
  for (let count = 0; count < stepsMax && last !== 'nothing'; count++) {
    const workflow = createWorkflow({ platform, controlPlane, spec: () => world.spec });
    const view = await workflow.observe(signal);
    const planned = workflow.plan(view);
    await workflow.act(planned, view, signal);
    world.tick();
    last = planned.do;
  }
  return last;
}

/** One step, as an operator that may be a new one each time takes it. */
async function step(world: World, isActed = true): Promise<DeleteStep> {
  const { platform, controlPlane } = world;
  const time = { nowMs: () => world.nowTicks, deadlineMs: DEADLINE };
  const workflow = deleteWorkflow({ platform, controlPlane, spec: () => world.spec, ...time });
  const planned = workflow.plan(await workflow.observe(signal));
  if (isActed) await workflow.act(planned, signal).catch(() => undefined);
  world.tick();
  return planned;
}

async function stepsUntilFinished(world: World): Promise<DeleteStep[]> {
  const steps: DeleteStep[] = [];
  while (steps.at(-1)?.do !== 'finish' && steps.length < 2 * DEADLINE) {
    steps.push(await step(world));
  }
  return steps;
}

const namesOf = (steps: readonly DeleteStep[]) =>
  steps.map((each) => each.do).filter((name) => name !== 'wait');

describe('the delete workflow', () => {
  it.each<[Retention, string[], object | null]>([
    [
      'Delete',
      ['retireCluster', 'stopProxies', 'stopServers', 'deleteVolumes', 'forgetCluster', 'finish'],
      null,
    ],
    ['Retain', ['retireCluster', 'stopProxies', 'stopServers', 'finish'], { isRetired: true }],
  ])('ends a cluster whose retention is %s', async (retention, names, left) => {
    const world = worldOf(retention);
    expect(await create(world, 100)).toBe('nothing');
    const steps = await stepsUntilFinished(world);
    expect(namesOf(steps)).toEqual(names);
    expect(steps.at(-1)).toMatchObject({ isComplete: true });
    expect(world.isAllGone()).toBe(true);
    expect(world.disks.size).toBe(retention === 'Retain' ? 4 : 0);
    if (left) expect(world.recorded).toMatchObject(left);
    else expect(world.recorded).toBeNull();
  });

  it.each<[Retention, Retention, number]>([
    ['Delete', 'Retain', 4],
    ['Retain', 'Delete', 0],
  ])('goes by the last word: %s, then %s', async (first, last, volumes) => {
    const world = worldOf(first);
    await create(world, 100);
    world.spec = worldOf(last).spec;
    await stepsUntilFinished(world);
    expect(world.disks.size).toBe(volumes);
  });

  it('leaves what is retained for a cluster that is created again', async () => {
    const world = worldOf('Retain');
    await create(world, 100);
    const disks = [...world.disks];
    await stepsUntilFinished(world);
    expect(await create(world, 100)).toBe('nothing');
    expect(world.recorded).toMatchObject({ isRetired: false });
    expect([...world.disks]).toEqual(disks);
  });

  it('ends a cluster whose configserver is lost, and says that it is not all', async () => {
    const world = worldOf('Delete');
    await create(world, 100);
    world.isControlUp = false;
    const steps = await stepsUntilFinished(world);
    expect(namesOf(steps)).toEqual(['stopProxies', 'stopServers', 'deleteVolumes', 'finish']);
    expect(steps.at(-1)).toMatchObject({ isComplete: false });
    expect(world.nowTicks).toBeGreaterThan(DEADLINE);
    expect(world.isAllGone()).toBe(true);
  });

  it('ends whatever was created, whatever dies or is lost on the way', async () => {
    const turns = fc.array(
      fc.record({ kill: fc.nat(6), isActed: fc.boolean(), wakes: fc.boolean() }),
      { maxLength: 20 },
    );
    const retentions = fc.constantFrom<Retention>('Retain', 'Delete');
    await fc.assert(
      fc.asyncProperty(fc.nat(20), turns, retentions, async (created, story, retention) => {
        const world = worldOf(retention);
        await create(world, created);
        const mortal = ['shard-0-0', 'shard-0-1', 'shard-1-0', 'proxies', 'configserver'];
        for (const { kill, isActed, wakes } of story) {
          if (mortal[kill] !== undefined) world.kill(mortal[kill]);
          if (wakes) world.isControlUp = true;
          await step(world, isActed);
        }
        world.isControlUp = true;
        expect((await stepsUntilFinished(world)).length).toBeLessThan(20);
        expect(world.isAllGone()).toBe(true);
        expect(world.recorded === null || retention === 'Retain').toBe(true);
      }),
    );
  });
});
