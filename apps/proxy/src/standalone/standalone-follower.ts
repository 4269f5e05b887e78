/**
 * Follows one server, by its name: the primary among the addresses that the name has now. Where another takes over behind
 * the name it is found; while only a replica is there nothing is sent to it.
 */
import type { Clock, Logger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import { LookLoop, type Outcome } from '../topology/look-loop.ts';
import type { ServerAddress } from '../upstream/server-address.ts';
import type { ServerSaid } from './ask-server.ts';

const ALL_SLOTS = '0-16383';

export type StandaloneFollowerEnv = {
  cluster: string;
  refreshMs: () => number;
  clock: Clock;
  log: Logger;
  /** Addresses that the server's name has now. */
  findServer: () => Promise<ServerAddress[]>;
  /** What is applied from now on was found by the address that was changed to. */
  onSeedsTaken: () => void;
  /** Rejects for one that is no primary. */
  ask: (at: ServerAddress) => Promise<ServerSaid>;
  apply: (topology: Topology) => void;
};

export class StandaloneFollower {
  /** Why nothing was found the last time; empty: it was. */
  failure = '';
  topology: Topology | null = null;
  readonly #env: StandaloneFollowerEnv;
  readonly #loop: LookLoop;

  constructor(env: StandaloneFollowerEnv) {
    this.#env = env;
    this.#loop = new LookLoop(() => this.#look(), env.clock, env.refreshMs);
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** From the disk: it counts versions on. */
  remember(topology: Topology): void {
    this.topology ??= topology;
  }

  /** What is known is out of date: looks as soon as it may. */
  refresh(): void {
    this.#loop.wish();
  }

  /** Its address is asked for at each look. */
  changeSeeds(): void {
    this.#env.onSeedsTaken();
    this.refresh();
  }

  async #look(): Promise<Outcome> {
    const { findServer, ask } = this.#env;
    try {
      // All at once, as one may not answer.
      const addresses = await findServer();
      const found = await Promise.any(
        addresses.map(async (at) => ({ at, runId: (await ask(at)).runId })),
      );
      this.failure = '';
      return this.#take(found.at, found.runId) ? 'changed' : 'settled';
    } catch (error) {
      this.#noteFailure(error);
      return 'unsettled';
    }
  }

  /** Whether anything changed. The run id tells one life of a server from the next: what it was told is forgotten. */
  #take({ host, port }: ServerAddress, runId: string): boolean {
    const { cluster, log, apply } = this.#env;
    const [former] = this.topology?.shards ?? [];
    const primary = { id: 'server', host, port, runId };
    if (JSON.stringify(former?.primary) === JSON.stringify(primary) || this.#loop.isStopped)
      return false;
    const epoch = (former?.epoch ?? -1) + 1;
    const shard = { id: 'shard-0', slots: ALL_SLOTS, epoch, primary, replicas: [] };
    const version = (this.topology?.version ?? 0) + 1;
    this.topology = { cluster, version, shards: [shard], holds: [] };
    log.info({ version, host, port, runId }, 'server found');
    apply(this.topology);
    return true;
  }

  #noteFailure(error: unknown): void {
    const all = error instanceof AggregateError ? (error.errors as Error[]) : [error as Error];
    const because = all.map(({ message }) => message).join('; ');
    if (because === this.failure || this.#loop.isStopped) return;
    this.failure = because;
    this.#env.log.warn({ because }, 'server not found');
  }
}
