/** Servers, proxies and a configserver in ticks of time, where anything may die between two steps of a workflow. */
import type { ClusterSpec } from '../manifest.ts';
import { nodesOf } from '../nodes.ts';
import type {
  Address,
  ControlPlane,
  ControlView,
  Credentials,
  Platform,
  ServerView,
} from '../platform.ts';

type Part = {
  state: 'absent' | 'failed' | 'starting' | 'ready' | 'stopping';
  untilTick: number;
  /** How often it was started: each time it gets another address. */
  starts: number;
};

type Recorded = {
  spec: ClusterSpec;
  secret: string | null;
  isRetired: boolean;
  isPublished: boolean;
  nodes: Map<string, Address>;
};

/** A part needs `slowTicks` to start and to stop, and is held back as long after its death. */
export class World {
  readonly slowTicks: number;
  spec: ClusterSpec;
  credentials: Credentials | null = null;
  isControlUp = false;
  recorded: Recorded | null = null;
  nowTicks = 0;
  readonly outdated = new Set<string>();
  /** Servers that have data on disk. */
  readonly disks = new Set<string>();
  /** Everything that was started, in order. */
  readonly started: string[] = [];
  readonly platform: Platform;
  readonly controlPlane: ControlPlane;
  readonly #servers = new Map<string, Part>();
  readonly #proxies = absent();
  #wholeAtTick = Infinity;

  constructor(spec: ClusterSpec, slowTicks: number) {
    this.spec = spec;
    this.slowTicks = slowTicks;
    this.platform = platformOf(this);
    this.controlPlane = controlPlaneOf(this);
  }

  tick(): void {
    this.nowTicks++;
    for (const part of [...this.#servers.values(), this.#proxies]) this.#age(part);
    const isWhole = this.#isRecordedWhole();
    if (!isWhole) this.#wholeAtTick = Infinity;
    else this.#wholeAtTick = Math.min(this.#wholeAtTick, this.nowTicks + this.slowTicks);
    if (this.recorded && this.isWhole()) this.recorded.isPublished = true;
  }

  /** A server's id, `proxies` or `configserver`. */
  kill(name: string): void {
    if (name === 'configserver') this.isControlUp = false;
    else this.#turn(this.part(name), 'failed', ['starting', 'ready', 'stopping']);
  }

  start(name: string): void {
    const part = this.part(name);
    if (part.state === 'starting' || part.state === 'ready') return;
    if (name !== 'proxies') this.disks.add(name);
    this.started.push(name);
    part.starts++;
    this.#turn(part, 'starting', ['absent', 'failed', 'stopping']);
  }

  stop(name: string): void {
    this.#turn(this.part(name), 'stopping', ['starting', 'ready', 'failed']);
  }

  part(name: string): Part {
    if (name === 'proxies') return this.#proxies;
    const part = this.#servers.get(name) ?? absent();
    this.#servers.set(name, part);
    return part;
  }

  view(name: string): ServerView {
    const { state, starts } = this.part(name);
    if (state === 'absent') return { state };
    if (state === 'ready') return { state, address: { host: name, port: starts } };
    return { state, because: `is ${state}` };
  }

  isAllGone(): boolean {
    return [...this.#servers.values(), this.#proxies].every(({ state }) => state === 'absent');
  }

  /** All servers are registered where they are, and had the time to build replication. */
  isWhole(): boolean {
    return this.#isRecordedWhole() && this.nowTicks >= this.#wholeAtTick;
  }

  #isRecordedWhole(): boolean {
    const { recorded } = this;
    if (!recorded || recorded.isRetired) return false;
    return nodesOf(this.spec).every(({ id }) => {
      const { state, starts } = this.part(id);
      return state === 'ready' && recorded.nodes.get(id)?.port === starts;
    });
  }

  #turn(part: Part, state: Part['state'], from: readonly Part['state'][]): void {
    if (!from.includes(part.state)) return;
    Object.assign(part, { state, untilTick: this.nowTicks + this.slowTicks });
  }

  #age(part: Part): void {
    if (this.nowTicks < part.untilTick) return;
    if (part.state === 'starting') part.state = 'ready';
    else if (part.state !== 'ready') part.state = 'absent';
  }
}

function absent(): Part {
  return { state: 'absent', untilTick: 0, starts: 0 };
}

function platformOf(world: World): Platform {
  const done = Promise.resolve();
  return {
    observe: (spec) =>
      Promise.resolve({
        servers: new Map(nodesOf(spec).map(({ id }) => [id, world.view(id)])),
        proxies: { ...world.view('proxies'), count: 1, wanted: 1, outdated: 0, stuck: null },
        outdated: [...world.outdated],
        credentials: world.credentials,
        volumes: [...world.disks],
      }),
    startServers: (nodes) => {
      for (const { id, shard } of nodes) {
        world.start(id);
        world.outdated.delete(shard);
      }
      return done;
    },
    startProxies: () => {
      world.start('proxies');
      world.outdated.delete('proxies');
      return done;
    },
    stopProxies: () => {
      world.stop('proxies');
      return done;
    },
    stopServers: (nodes) => {
      for (const { id } of nodes) world.stop(id);
      return done;
    },
    deleteVolumes: (nodes) => {
      for (const { id } of nodes) {
        if (world.part(id).state !== 'absent') throw new Error(`${id} still has its volume`);
        world.disks.delete(id);
      }
      return done;
    },
  };
}

/** Its refusals are those of the configserver. */
function controlPlaneOf(world: World): ControlPlane {
  const recorded = (): Recorded => {
    if (world.recorded) return world.recorded;
    throw new Error('There is no such cluster');
  };
  const told = (effect: () => void): Promise<void> => {
    const heard = Promise.resolve();
    return world.isControlUp ? heard.then(effect) : Promise.reject(new Error('connection refused'));
  };
  return {
    observe: () => Promise.resolve(controlViewOf(world)),
    recordCluster: (spec, secret) =>
      told(() => {
        const fresh = { secret: null, isPublished: false, nodes: new Map<string, Address>() };
        const before = world.recorded ?? fresh;
        world.recorded = { ...before, spec, secret: secret ?? before.secret, isRetired: false };
      }),
    registerNode: ({ id }, address) =>
      told(() => {
        if (recorded().isRetired) throw new Error('The cluster is retired');
        recorded().nodes.set(id, address);
      }),
    retireCluster: () => told(() => (recorded().isRetired = true)),
    forgetCluster: () =>
      told(() => {
        if (world.recorded?.isRetired === false) throw new Error('The cluster is not retired');
        world.recorded = null;
      }),
  };
}

function controlViewOf(world: World): ControlView {
  const { recorded } = world;
  if (!world.isControlUp) return { state: 'unreachable', because: 'connection refused' };
  if (!recorded) return { state: 'unknown' };
  const { spec, secret, nodes, isPublished } = recorded;
  const isServed = isPublished && world.part('proxies').state === 'ready';
  const because = world.isWhole() ? null : 'not in sync';
  return {
    state: 'recorded',
    spec,
    credentialsId: secret && `id of ${secret}`,
    phase: phaseOf(recorded, isServed && world.isWhole()),
    topologyVersion: isPublished ? 1 : 0,
    shards: [{ id: 'shard-0', slots: '0-16383', primary: null, replicas: [], because }],
    nodes,
    appliedVersions: isServed ? [1] : [],
  };
}

function phaseOf(
  { isRetired, isPublished }: Recorded,
  isReady: boolean,
): 'Retired' | 'Creating' | 'Ready' | 'Degraded' {
  if (isRetired) return 'Retired';
  if (!isPublished) return 'Creating';
  return isReady ? 'Ready' : 'Degraded';
}
