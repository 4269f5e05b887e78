/**
 * The data plane of one cluster over all workers. **Invariant:** a worker counts for what is acknowledged from the moment it
 * can be steered until it serves the cluster no more, or its process has ended (`steering.ts`).
 */
import type { Logger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import type { ClientView } from '../admin/client-view.ts';
import type { SlowView } from '../admin/slow-view.ts';
import { TroubleLog, type Trouble } from '../topology/trouble-log.ts';
import type { DataPlane, LeaseGrant } from './data-plane.ts';
import { MachineClock } from './machine-clock.ts';
import type { Metrics } from './messages.ts';
import { PooledRegistry } from './pooled-registry.ts';
import type { News } from './processes.ts';
import { relay } from './relay.ts';
import { Steering } from './steering.ts';
import { WorkerPlane } from './worker-plane.ts';
import type { Worker } from './worker.ts';

/** Not ready from here on: it still takes connections. */
const UNANSWERED_IS_SILENT = 3;

export class PooledDataPlane implements DataPlane {
  onSettled: () => void = () => undefined;
  onStale: (because: string) => void = () => undefined;
  readonly registry = new PooledRegistry(() => this.#metrics());
  readonly #cluster: string;
  readonly #log: Logger;
  readonly #members = new Set<WorkerPlane>();
  readonly #steering = new Steering(new MachineClock());
  readonly #trouble: TroubleLog;
  readonly #drained = Promise.withResolvers<undefined>();
  #isDraining = false;

  constructor(cluster: string, log: Logger) {
    this.#cluster = cluster;
    this.#log = log;
    this.#trouble = new TroubleLog(log);
    this.#steering.onSettled = () => this.onSettled();
  }

  get topology(): Topology | null {
    return this.#steering.topology;
  }

  get appliedVersion(): number {
    return this.#steering.appliedVersion;
  }

  get lapses(): number {
    return this.#steering.lapses;
  }

  get isServing(): boolean {
    return [...this.#members].some(({ state }) => state.isServing);
  }

  grant(grant: LeaseGrant): void {
    this.#steering.grant(grant);
  }

  lapse(): void {
    this.#steering.lapse();
  }

  apply(topology: Topology): void {
    this.#steering.apply(topology);
  }

  remember(topology: Topology, mayServe: boolean): void {
    this.#steering.remember(topology, mayServe);
  }

  forget(): void {
    this.#steering.forget();
  }

  takeTrouble(): Trouble[] {
    return this.#trouble.take();
  }

  /** A worker that does not listen is sent nothing; each that does has to be ready. */
  notReadyBecause(): string | null {
    if (this.#isDraining) return 'draining';
    const listening = [...this.#members].filter(({ worker }) => worker.isListening);
    if (listening.length === 0) return 'no worker listens';
    const silent = listening.find(({ worker }) => worker.unansweredPings >= UNANSWERED_IS_SILENT);
    if (silent !== undefined) return `worker ${silent.worker.index} does not answer`;
    return listening.map(({ state }) => state.notReadyBecause).find((one) => one !== null) ?? null;
  }

  async clients(): Promise<ClientView[]> {
    const answers = await Promise.all([...this.#members].map((each) => each.ask('clients', null)));
    return answers.flatMap((answer) => answer ?? []);
  }

  async slowLog(): Promise<SlowView[]> {
    const answers = await Promise.all([...this.#members].map((each) => each.ask('slowLog', null)));
    return answers.flatMap((answer) => answer ?? []).sort((a, b) => b.atSeconds - a.atSeconds);
  }

  /** The worker has a data plane of the cluster, or is about to make one. */
  add(worker: Worker): void {
    const { index } = worker;
    const member = new WorkerPlane(worker, this.#cluster, {
      onSettled: (of) => this.#steering.settled(member, of),
      onTrouble: (servers) => {
        for (const trouble of servers) this.#trouble.add(trouble);
      },
      onStale: (because) => this.onStale(because),
      onConsult: (question) => void relay(question, member, [...this.#members]),
      onNews: (of) => this.#post(member, of),
      onSilent: (about) =>
        this.#log.warn({ worker: index, about }, 'worker does not answer; others did'),
      onDrained: () => this.remove(worker),
    });
    worker.planes.set(this.#cluster, member);
    this.#members.add(member);
  }

  /** The worker can be steered. */
  join(worker: Worker): void {
    const member = worker.planes.get(this.#cluster);
    if (member === undefined || member.isUp || worker.isGone) return;
    member.isUp = true;
    this.#steering.join(member);
  }

  /** Nothing can be passed on there any more. */
  remove(worker: Worker): void {
    const member = worker.planes.get(this.#cluster);
    if (member === undefined || !this.#members.delete(member)) return;
    worker.planes.delete(this.#cluster);
    member.end();
    this.#steering.leave(member);
    this.registry.retire(member.metrics);
    for (const other of this.#members)
      if (other.isUp) other.send({ kind: 'left', process: worker.number });
    this.#noteDrained();
  }

  drain(): void {
    this.#isDraining = true;
    this.#noteDrained();
  }

  /** Resolves when no worker serves the cluster any more; the pool ends them. */
  async stop(): Promise<void> {
    this.drain();
    await this.#drained.promise;
  }

  #noteDrained(): void {
    if (this.#isDraining && this.#members.size === 0) this.#drained.resolve(undefined);
  }

  #post(from: WorkerPlane, { to, news }: { to: readonly number[]; news: News }): void {
    for (const process of to) {
      const member = [...this.#members].find(({ worker }) => worker.number === process);
      // What it was told of one that has ended may have come after it was told of the end.
      if (member === undefined) from.send({ kind: 'left', process });
      else if (!member.post(news))
        this.#log.warn(
          { worker: member.worker.index },
          'worker takes too little; its monitors are closed',
        );
    }
  }

  async #metrics(): Promise<Metrics[]> {
    const members = [...this.#members];
    await Promise.all(
      members.map(async (member) => {
        member.metrics = (await member.ask('metrics', null)) ?? member.metrics;
      }),
    );
    return members.filter((member) => this.#members.has(member)).map(({ metrics }) => metrics);
  }
}
