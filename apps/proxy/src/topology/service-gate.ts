/**
 * Decides whether the proxy serves: a lease that holds, and a topology that is at least as new as the one that was
 * current when the session opened. Also knows which version is *applied*: in force, with its holds settled.
 */
import type { Logger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import { errors } from '../route/replies.ts';
import type { Routing } from '../route/routing.ts';

export class ServiceGate {
  /** In force and settled: what the session acknowledges. */
  appliedVersion = 0;
  /** A version was settled: worth a renewal at once. */
  onSettled: () => void = () => undefined;
  readonly #routing: Routing;
  readonly #log: Logger;
  /** Null: no session. */
  #needsVersion: number | null = null;
  #hasFreshTopology = false;
  #settling: Promise<void> = Promise.resolve();
  /** Grows when everything so far is forgotten. */
  #life = 0;

  constructor(routing: Routing, log: Logger) {
    this.#routing = routing;
    this.#log = log;
  }

  get isServing(): boolean {
    return this.#routing.closedError === null;
  }

  /** A lease holds, whose session needs this version. */
  leased(version: number): void {
    this.#needsVersion = version;
    this.#openIfAllowed();
  }

  /** What we have is of another life of the cluster: it allows nothing and is acknowledged no more. */
  forget(): void {
    this.#life++;
    this.appliedVersion = 0;
    this.#hasFreshTopology = false;
  }

  lapsed(): void {
    this.#needsVersion = null;
    this.#routing.close(errors.leaseLapsed);
  }

  /** From the disk: addresses, and permission only for a proxy that serves without a lease. */
  remember(topology: Topology, mayServe: boolean): void {
    if (this.#hasFreshTopology) return;
    if (mayServe) this.apply(topology);
    else void this.#routing.apply(topology);
  }

  apply(topology: Topology): void {
    const life = this.#life;
    this.#hasFreshTopology = true;
    const settled = this.#routing.apply(topology);
    this.#openIfAllowed();
    // In order: to acknowledge a version says that the holds of every earlier one are settled too.
    this.#settling = this.#settling
      .then(() => settled)
      .then(
        () => {
          if (life !== this.#life) return;
          this.appliedVersion = topology.version;
          this.onSettled();
        },
        (error: unknown) =>
          this.#log.error({ err: error, version: topology.version }, 'holds not settled'),
      );
  }

  #openIfAllowed(): void {
    const version = this.#hasFreshTopology ? (this.#routing.topology?.version ?? 0) : 0;
    const isAllowed = this.#needsVersion !== null && version > 0 && version >= this.#needsVersion;
    if (isAllowed && !this.isServing) this.#routing.open();
  }
}
