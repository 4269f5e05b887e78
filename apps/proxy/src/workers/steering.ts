/**
 * The parent's side of steering: what every worker was told, what one that joins must be told, and which version all of
 * them have settled. No process, no clock.
 *
 * **Invariant:** `appliedVersion` is not above the version of any worker that may serve. A worker counts from the moment
 * it is told the topology, at that version: it has sent nothing yet, so the holds are settled in it. It counts until its
 * process has ended, whatever it does until then.
 */
import type { Topology } from '@keyfleet/topology';
import type { LeaseGrant } from './data-plane.ts';
import type { MachineClock } from './machine-clock.ts';
import type { ToPlane } from './messages.ts';

export interface Recipient {
  send(message: ToPlane): void;
}

type TopologyMessage = Extract<ToPlane, { kind: 'apply' | 'remember' }>;

export class Steering {
  lapses = 0;
  /** `appliedVersion` grew. */
  onSettled: () => void = () => undefined;
  readonly #clock: Pick<MachineClock, 'toMachine'>;
  /** With the version that each has settled. */
  readonly #workers = new Map<Recipient, number>();
  #life = 0;
  #latest: TopologyMessage | null = null;
  #grant: Extract<ToPlane, { kind: 'grant' }> | null = null;

  constructor(clock: Pick<MachineClock, 'toMachine'>) {
    this.#clock = clock;
  }

  get topology(): Topology | null {
    return this.#latest?.topology ?? null;
  }

  /** The least of the workers'. Where there is none, nothing can be passed on: what is newest is settled. */
  get appliedVersion(): number {
    return this.#workers.size === 0 ? this.#newest() : Math.min(...this.#workers.values());
  }

  join(worker: Recipient): void {
    this.#workers.set(worker, this.#newest());
    if (this.#latest !== null) worker.send(this.#latest);
    if (this.#grant !== null) worker.send(this.#grant);
  }

  leave(worker: Recipient): void {
    this.#change(() => this.#workers.delete(worker));
  }

  settled(worker: Recipient, { life, version }: { life: number; version: number }): void {
    if (life !== this.#life || !this.#workers.has(worker)) return;
    this.#change(() => this.#workers.set(worker, version));
  }

  apply(topology: Topology): void {
    this.#tellTopology({ kind: 'apply', life: this.#life, topology });
  }

  remember(topology: Topology, mayServe: boolean): void {
    if (this.#latest?.kind === 'apply') return;
    this.#tellTopology({ kind: 'remember', life: this.#life, topology, mayServe });
  }

  forget(): void {
    const life = ++this.#life;
    for (const worker of this.#workers.keys()) this.#workers.set(worker, 0);
    const { topology } = this;
    // Its addresses are still worth something to a worker that joins.
    this.#latest = topology && { kind: 'remember', life, topology, mayServe: false };
    this.#tell({ kind: 'forget', life });
  }

  grant(grant: LeaseGrant): void {
    this.#grant = { kind: 'grant', grant: this.#clock.toMachine(grant) };
    this.#tell(this.#grant);
  }

  lapse(): void {
    if (this.#grant === null) return;
    this.#grant = null;
    this.lapses++;
    this.#tell({ kind: 'lapse' });
  }

  /** Of what a worker may serve with. */
  #newest(): number {
    const latest = this.#latest;
    if (latest === null || (latest.kind === 'remember' && !latest.mayServe)) return 0;
    return latest.topology.version;
  }

  #tellTopology(message: TopologyMessage): void {
    this.#latest = message;
    this.#tell(message);
  }

  #tell(message: ToPlane): void {
    for (const worker of this.#workers.keys()) worker.send(message);
  }

  #change(change: () => void): void {
    const before = this.appliedVersion;
    change();
    if (this.appliedVersion > before) this.onSettled();
  }
}
