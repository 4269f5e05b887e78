/**
 * The invariant of `Steering` under random schedules: messages on their way both ways, holds that take time to settle,
 * workers that come and die, lives of the cluster that are forgotten. What is acknowledged is settled in every worker that
 * may serve, always.
 */
import type { Topology } from '@keyfleet/topology';
import { expect, it } from 'vitest';
import { randomFrom, type Random } from '../testing/sim-network.ts';
import type { ToPlane } from './messages.ts';
import { Steering, type Recipient } from './steering.ts';

const SEEDS = 300;
const STEPS = 400;
const topology = (version: number): Topology => ({
  cluster: 'default',
  version,
  shards: [],
  holds: [],
});
const grant = { validUntilMs: Infinity, wallAheadMaxMs: Infinity, version: 0 };

/** As `ServiceGate` does: a version is in force at once and settled later, in order; none of a former life is told. */
class SimWorker implements Recipient {
  readonly inbox: ToPlane[] = [];
  readonly outbox: { life: number; version: number }[] = [];
  isAlive = true;
  life = 0;
  /** All that it sent before this version is answered or cut off. */
  settled = 0;
  #inForce = 0;
  #unsettled: number[] = [];
  #isLeased = false;
  #hasServed = false;

  get mayServe(): boolean {
    return this.isAlive && this.#isLeased && this.#inForce > 0;
  }

  send(message: ToPlane): void {
    if (this.isAlive) this.inbox.push(message);
  }

  receive(): void {
    const message = this.inbox.shift();
    if (message === undefined || !this.isAlive) return;
    if ('life' in message) this.life = message.life;
    if (message.kind === 'apply') this.#apply(message.topology.version);
    else if (message.kind === 'forget') this.#forget();
    else if (message.kind === 'grant') this.#isLeased = true;
    else if (message.kind === 'lapse') this.#isLeased = false;
    this.#hasServed ||= this.mayServe;
  }

  settle(): void {
    const version = this.#unsettled.shift();
    if (version === undefined) return;
    this.settled = version;
    this.outbox.push({ life: this.life, version });
  }

  #apply(version: number): void {
    this.#inForce = version;
    this.#unsettled.push(version);
    if (!this.#hasServed) this.settled = version;
  }

  #forget(): void {
    this.#inForce = this.settled = 0;
    this.#unsettled = [];
  }
}

class World {
  readonly steering = new Steering({ toMachine: (of) => of });
  readonly workers: SimWorker[] = [];
  readonly #random: Random;
  /** Ended, and the parent has not heard of it. */
  #ended: SimWorker[] = [];
  #version = 0;
  life = 0;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#start();
    this.#start();
  }

  step(): void {
    const worker = this.workers[this.#random(this.workers.length)];
    let left = this.#random(100);
    this.#actions.find(([weight]) => (left -= weight) < 0)![1](worker);
  }

  /** Of a hundred steps so many do that. */
  readonly #actions: [number, (worker: SimWorker | undefined) => void][] = [
    [40, (worker) => worker?.receive()],
    [20, (worker) => worker?.settle()],
    [20, (worker) => this.#hear(worker)],
    [8, () => this.steering.apply(topology(++this.#version))],
    [3, () => this.steering.grant(grant)],
    [1, () => this.steering.lapse()],
    [3, (worker) => this.#end(worker)],
    [3, () => this.#bury()],
    [1, () => this.#start()],
    [1, () => this.#forget()],
  ];

  #hear(worker: SimWorker | undefined): void {
    const settled = worker?.outbox.shift();
    if (settled !== undefined) this.steering.settled(worker!, settled);
  }

  #start(): void {
    const worker = new SimWorker();
    this.workers.push(worker);
    this.steering.join(worker);
  }

  #end(worker: SimWorker | undefined): void {
    if (worker === undefined || !worker.isAlive) return;
    worker.isAlive = false;
    this.#ended.push(worker);
  }

  #bury(): void {
    const worker = this.#ended.shift();
    if (worker === undefined) return;
    this.steering.leave(worker);
    this.workers.splice(this.workers.indexOf(worker), 1);
    this.#start();
  }

  #forget(): void {
    this.life++;
    this.#version = this.#random(3);
    this.steering.forget();
  }
}

it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', (seed) => {
  const world = new World(seed);
  let acknowledged = 0;
  let life = 0;
  for (let i = 0; i < STEPS; i++) {
    world.step();
    const { appliedVersion } = world.steering;
    for (const worker of world.workers.filter(({ mayServe }) => mayServe)) {
      const settled = worker.life === world.life ? worker.settled : 0;
      expect(settled).toBeGreaterThanOrEqual(appliedVersion);
    }
    // Within a life it never falls.
    if (life === world.life) expect(appliedVersion).toBeGreaterThanOrEqual(acknowledged);
    [acknowledged, life] = [appliedVersion, world.life];
  }
});

it('acknowledges at all', () => {
  const acknowledged = Array.from({ length: 50 }, (_, seed) => {
    const world = new World(seed);
    let most = 0;
    for (let i = 0; i < STEPS; i++) {
      world.step();
      most = Math.max(most, world.steering.appliedVersion);
    }
    return most;
  });
  expect(acknowledged.filter((version) => version >= 3).length).toBeGreaterThan(40);
});
