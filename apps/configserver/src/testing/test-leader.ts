/** A leader without its loops, on a real embedded store, with a clock that stands until it is moved. */
import { join } from 'node:path';
import { openEmbeddedStore } from '@keyfleet/embedded-store';
import { ClusterSpec } from '@keyfleet/lifecycle';
import { createLogger, type Clock } from '@keyfleet/runtime';
import { records, type Store } from '@keyfleet/store';
import { temporaryDirectory } from '@keyfleet/testkit';
import { Term } from '../election/term.ts';
import { StateCache } from '../observe/state-cache.ts';
import { createMetrics } from '../metrics.ts';
import { LeaderWrites } from '../act/leader-writes.ts';
import { SessionDesk, type DeskOptions } from '../act/session-desk.ts';

const TTL_SECONDS = 60;

class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<{ untilMs: number; wake: () => void }>();

  wallMs(): number {
    return 1_000_000 + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((wake) => {
      const sleeper = { untilMs: this.#nowMs + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => wake(), { once: true });
    });
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.untilMs > this.#nowMs) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

/** Its own lease ends at `validUntilMs`, which a test may move. */
export type TestLeader = AsyncDisposable & {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly cache: StateCache;
  readonly writes: LeaderWrites;
  readonly desk: SessionDesk;
  readonly deskOptions: DeskOptions;
  readonly lease: { validUntilMs: number };
  readonly signal: AbortSignal;
};

export async function testLeader(leaseMs = 3000): Promise<TestLeader> {
  const directory = await temporaryDirectory();
  const clock = new VirtualClock();
  const log = createLogger('test', 'silent');
  const store = openEmbeddedStore({ file: join(directory.path, 'store.db') });
  const cache = new StateCache(store, clock, log);
  const end = new AbortController();
  const followed = cache.follow(end.signal);
  const key = records.leader.key({});
  const won = await store.campaign(
    key,
    records.leader.encode({ id: 'a', url: 'http://a' }),
    TTL_SECONDS,
    end.signal,
  );
  await cache.reached(won.revision, end.signal);
  const lease = { validUntilMs: Number.POSITIVE_INFINITY };
  const { revision, lost } = won;
  const leadership = {
    key,
    revision,
    lost,
    validUntilMs: () => lease.validUntilMs,
    resign: () => won.resign(),
  };
  const term = new Term(leadership, TTL_SECONDS, clock);
  const writes = new LeaderWrites(store, cache, term, clock);
  let ids = 0;
  const newId = (): string => `s${++ids}`;
  const metrics = createMetrics({ cache, reign: () => undefined });
  const deskOptions = { metrics, cache, writes, term, clock, log, leaseMs, newId };
  const desk = new SessionDesk(deskOptions);
  return {
    clock,
    store,
    cache,
    writes,
    desk,
    deskOptions,
    lease,
    signal: end.signal,
    [Symbol.asyncDispose]: async () => {
      if (end.signal.aborted) return;
      end.abort();
      await followed;
      await store.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}

export async function createCluster({ writes }: TestLeader, name: string): Promise<void> {
  const spec = ClusterSpec.parse({ shards: 1, replicasPerShard: 1 });
  const value = { name, spec, generation: 1, createdAtMs: 0, retired: false, forgetting: false };
  const put = records.cluster.key({ cluster: name });
  await writes.write(name, () => ({
    operations: [{ put, value: records.cluster.encode(value) }],
    events: [],
  }));
}
