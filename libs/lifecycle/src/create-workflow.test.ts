/** The create workflow against a world in ticks of time (testing/world.ts). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorkflow } from './create-workflow.ts';
import { ClusterSpec } from './manifest.ts';
import { nodesOf } from './nodes.ts';
import { World } from './testing/world.ts';

const { signal } = new AbortController();

/** One step, as a supervisor that may be a new one each time takes it. */
async function step(world: World): Promise<string> {
  const { platform, controlPlane } = world;
  const workflow = createWorkflow({ platform, controlPlane, spec: () => world.spec });
  const view = await workflow.observe(signal);
  const planned = workflow.plan(view);
  await workflow.act(planned, view, signal).catch(() => undefined);
  world.tick();
  if (world.nowTicks % (world.slowTicks + 1) === 0) world.isControlUp = true;
  return planned.do;
}

/** What was done until there was nothing to do any more. */
async function stepsUntilDone(world: World): Promise<string[]> {
  const steps: string[] = [];
  while (steps.at(-1) !== 'nothing' && steps.length < 200) steps.push(await step(world));
  return steps;
}

const acts = (steps: readonly string[]) =>
  steps.filter((name) => name !== 'wait' && name !== 'nothing');
const idsOf = ({ spec }: World) => nodesOf(spec).map(({ id }) => id);

const shapes = fc.record({
  shards: fc.integer({ min: 1, max: 4 }),
  replicasPerShard: fc.integer({ min: 0, max: 2 }),
});

describe('the create workflow', () => {
  it('ends in a ready cluster, and starts each part once', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 1, max: 5 }), async (shape, slowTicks) => {
        const world = new World(ClusterSpec.parse(shape), slowTicks);
        expect((await stepsUntilDone(world)).length).toBeLessThan(10 + 5 * slowTicks);
        expect(world.started).toEqual([...idsOf(world), 'proxies']);
      }),
    );
  });

  it('comes back from any deaths, loses no data, and stays ready', async () => {
    const deaths = fc.array(fc.tuple(fc.nat(12), fc.nat(20)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(shapes, deaths, async (shape, plan) => {
        const world = new World(ClusterSpec.parse(shape), 2);
        const mortal = [...idsOf(world), 'proxies', 'configserver'];
        for (const [stepsBefore, victim] of plan) {
          for (let count = 0; count < stepsBefore; count++) await step(world);
          world.kill(mortal[victim % mortal.length]!);
        }
        expect((await stepsUntilDone(world)).length).toBeLessThan(60);
        expect(await step(world)).toBe('nothing');
        expect([...world.disks].sort()).toEqual(idsOf(world).sort());
      }),
    );
  });

  it('plans no step again for a world that has it', async () => {
    const world = new World(ClusterSpec.parse({}), 3);
    const steps = await stepsUntilDone(world);
    expect(acts(steps)).toEqual(['startServers', 'recordCluster', 'registerNodes', 'startProxies']);
  });

  it('registers a large cluster in several steps', async () => {
    const world = new World(ClusterSpec.parse({ shards: 120 }), 2);
    const steps = acts(await stepsUntilDone(world));
    expect(steps.filter((name) => name === 'registerNodes')).toHaveLength(3);
    expect(world.recorded?.nodes.size).toBe(240);
  });

  it('brings what is outdated to the spec, and starts nothing again', async () => {
    const world = new World(ClusterSpec.parse({}), 2);
    await stepsUntilDone(world);
    const started = [...world.started];
    for (const part of ['shard-1', 'proxies']) world.outdated.add(part);
    expect(acts(await stepsUntilDone(world))).toEqual(['update']);
    expect(world.outdated.size).toBe(0);
    expect(world.started).toEqual(started);
  });

  it('tells the secret, and never takes it back', async () => {
    const world = new World(ClusterSpec.parse({}), 2);
    world.credentials = { id: 'id of a', secret: 'a' };
    await stepsUntilDone(world);
    world.credentials = null;
    world.spec = ClusterSpec.parse({ maxMemory: '1Gi' });
    expect(acts(await stepsUntilDone(world))).toEqual(['recordCluster']);
    expect(world.recorded?.secret).toBe('a');
  });
});
