/** The create workflow against a world in steps of time, where anything may die between two steps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorkflow } from './create-workflow.ts';
import { ClusterSpec } from './manifest.ts';
import { nodesOf, proxiesOf, type NodePlace } from './nodes.ts';
import type { Address, ControlPlane, ControlView, Platform, PlatformView } from './platform.ts';

type Part = { state: 'absent' | 'failed' | 'starting' | 'ready'; untilTick: number };

/** A part needs `bootTicks` to be ready and is held back as long after its death. */
class World implements Platform, ControlPlane {
  readonly spec: ClusterSpec;
  readonly bootTicks: number;
  readonly data = new Set<string>();
  readonly starts: string[] = [];
  readonly servers = new Map<string, Part>();
  readonly proxies = new Map<string, Part>();
  readonly nodes = new Map<string, Address>();
  recorded: ClusterSpec | null = null;
  isControlUp = false;
  #tick = 0;
  #wholeAtTick = Infinity;

  constructor(spec: ClusterSpec, bootTicks: number) {
    this.spec = spec;
    this.bootTicks = bootTicks;
  }

  tick(): void {
    this.#tick++;
    if (this.#tick >= this.bootTicks) this.isControlUp = true;
    for (const part of [...this.servers.values(), ...this.proxies.values()]) {
      if (this.#tick < part.untilTick) continue;
      if (part.state === 'starting') part.state = 'ready';
      if (part.state === 'failed') part.state = 'absent';
    }
    const isComplete = this.nodes.size === nodesOf(this.spec).length && this.#areServersReady();
    if (!isComplete) this.#wholeAtTick = Infinity;
    else if (this.#wholeAtTick === Infinity) this.#wholeAtTick = this.#tick + this.bootTicks;
  }

  kill(name: string): void {
    const part = this.servers.get(name) ?? this.proxies.get(name);
    if (name === 'configserver') this.isControlUp = false;
    if (part && part.state !== 'absent')
      Object.assign(part, { state: 'failed', untilTick: this.#tick + this.bootTicks });
  }

  observe(...given: [AbortSignal]): Promise<ControlView>;
  observe(...given: [ClusterSpec, AbortSignal]): Promise<PlatformView>;
  observe(...given: unknown[]): Promise<ControlView | PlatformView> {
    return Promise.resolve(given.length === 1 ? this.#observeControl() : this.#observePlatform());
  }

  startServers(nodes: readonly NodePlace[]): Promise<void> {
    for (const { id } of nodes) {
      this.data.add(id);
      this.#start(this.servers, id);
    }
    return Promise.resolve();
  }

  startProxies(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#start(this.proxies, id);
    return Promise.resolve();
  }

  recordCluster(spec: ClusterSpec): Promise<void> {
    this.recorded = spec;
    return Promise.resolve();
  }

  registerNode({ id }: NodePlace, address: Address): Promise<void> {
    if (!this.isControlUp) return Promise.reject(new Error('connection refused'));
    this.nodes.set(id, address);
    return Promise.resolve();
  }

  #start(parts: Map<string, Part>, id: string): void {
    this.starts.push(id);
    parts.set(id, { state: 'starting', untilTick: this.#tick + this.bootTicks });
  }

  #observePlatform(): PlatformView {
    const because = 'of the world';
    return {
      servers: new Map(
        [...this.servers].map(([id, { state }]) => [
          id,
          state === 'ready' ? { state, address: { host: id, port: 1 } } : { state, because },
        ]),
      ),
      proxies: new Map([...this.proxies].map(([id, { state }]) => [id, { state, because }])),
    };
  }

  #observeControl(): ControlView {
    if (!this.isControlUp) return { state: 'unreachable', because: 'connection refused' };
    if (!this.recorded) return { state: 'unknown' };
    const isWhole = this.#tick >= this.#wholeAtTick;
    const isProxyReady = [...this.proxies.values()].some(({ state }) => state === 'ready');
    return {
      state: 'recorded',
      spec: this.recorded,
      phase: isWhole ? 'Ready' : this.proxies.size > 0 ? 'Degraded' : 'Creating',
      topologyVersion: 1,
      shards: [{ id: 'shard-0', because: isWhole ? null : 'not in sync' }],
      nodes: this.nodes,
      appliedVersions: isProxyReady ? [1] : [],
    };
  }

  #areServersReady(): boolean {
    return nodesOf(this.spec).every(({ id }) => this.servers.get(id)?.state === 'ready');
  }
}

/** One step, as a supervisor that may be a new one each time takes it. */
async function step(world: World): Promise<string> {
  const workflow = createWorkflow({ platform: world, controlPlane: world, spec: () => world.spec });
  const { signal } = new AbortController();
  const view = await workflow.observe(signal);
  const planned = workflow.plan(view);
  await workflow.act(planned, view, signal).catch(() => undefined);
  return planned.do;
}

async function stepsUntilDone(world: World): Promise<number> {
  for (let count = 1; count <= 200; count++) {
    if ((await step(world)) === 'nothing') return count;
    world.tick();
  }
  return Infinity;
}

const shapes = fc.record({
  shards: fc.integer({ min: 1, max: 4 }),
  replicasPerShard: fc.integer({ min: 0, max: 2 }),
});

describe('the create workflow', () => {
  it('ends in a ready cluster, and starts each part once', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 1, max: 5 }), async (shape, bootTicks) => {
        const world = new World(ClusterSpec.parse(shape), bootTicks);
        expect(await stepsUntilDone(world)).toBeLessThan(10 + 5 * bootTicks);
        const parts = [...nodesOf(world.spec).map(({ id }) => id), ...proxiesOf(world.spec)];
        expect(world.starts).toEqual(parts);
      }),
    );
  });

  it('comes back from any deaths, loses no data, and stays ready', async () => {
    const deaths = fc.array(fc.tuple(fc.nat(12), fc.nat(20)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(shapes, deaths, async (shape, plan) => {
        const world = new World(ClusterSpec.parse(shape), 2);
        const mortal = [...nodesOf(world.spec).map(({ id }) => id), 'proxy-0', 'configserver'];
        for (const [stepsBefore, victim] of plan) {
          for (let count = 0; count < stepsBefore; count++) {
            await step(world);
            world.tick();
          }
          world.kill(mortal[victim % mortal.length]!);
        }
        expect(await stepsUntilDone(world)).toBeLessThan(60);
        expect(await step(world)).toBe('nothing');
        expect([...world.data].sort()).toEqual(
          nodesOf(world.spec)
            .map(({ id }) => id)
            .sort(),
        );
      }),
    );
  });

  it('plans no step again for a world that has it', async () => {
    const world = new World(ClusterSpec.parse({}), 3);
    const steps: string[] = [];
    for (let count = 0; count < 40; count++) {
      steps.push(await step(world));
      world.tick();
    }
    const acts = steps.filter((name) => name !== 'wait' && name !== 'nothing');
    expect(acts).toEqual(['startServers', 'recordCluster', 'registerNodes', 'startProxies']);
    expect(steps.at(-1)).toBe('nothing');
  });
});
