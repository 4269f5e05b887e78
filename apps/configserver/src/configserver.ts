/** Puts one configserver together: cache, election, the leader's work, HTTP. */
import { randomBytes } from 'node:crypto';
import type { Clock, Logger, Running } from '@keyfleet/runtime';
import type { Store } from '@keyfleet/store';
import { Reign } from './act/reign.ts';
import { createHttpServer } from './api/http-server.ts';
import { TopologyPolls } from './api/topology-polls.ts';
import { runElection } from './election/run-election.ts';
import type { Term } from './election/term.ts';
import { createMetrics } from './metrics.ts';
import { StateCache } from './observe/state-cache.ts';

export type ConfigserverOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly bind: string;
  readonly apiPort: number;
  /** Empty: `http://bind:port`. */
  readonly advertiseUrl: string;
  readonly proxyLeaseMs: number;
  readonly leaderTtlSeconds: number;
  readonly tickMs: number;
};

/** Listens when it resolves. `stop` closes the store, too. */
export async function startConfigserver(
  options: ConfigserverOptions,
): Promise<Running & { readonly url: string }> {
  const { store, clock, log, proxyLeaseMs: leaseMs, tickMs, leaderTtlSeconds } = options;
  const stopping = new AbortController();
  const cache = new StateCache(store, clock, log);
  let reign: Reign | undefined;
  const metrics = createMetrics({ cache, reign: () => reign });
  const app = createHttpServer({
    cache,
    polls: new TopologyPolls(cache, clock),
    log,
    metrics,
    reign: () => reign,
    stopping: stopping.signal,
  });
  const listening = await app.listen({ host: options.bind, port: options.apiPort });
  const url = options.advertiseUrl || listening;

  const id = randomId();
  const lead = async (term: Term, signal: AbortSignal): Promise<void> => {
    const own = { id, store, cache, clock, log, tickMs, leaseMs, newId: randomId, metrics };
    reign = new Reign(term, own);
    metrics.leaderTerms.inc();
    signal.addEventListener('abort', () => (reign = undefined), { once: true });
    try {
      await reign.run(signal);
    } finally {
      reign = undefined;
    }
  };
  const candidacy = { store, cache, clock, log, id, url, ttlSeconds: leaderTtlSeconds };
  const work = Promise.all([
    cache.follow(stopping.signal),
    runElection(candidacy, lead, stopping.signal),
  ]);
  log.info({ id, url }, 'configserver listens');
  return {
    url,
    stop: async () => {
      stopping.abort(new Error('the configserver is stopping'));
      await app.close();
      await work;
      await store.close();
    },
  };
}

function randomId(): string {
  return randomBytes(8).toString('hex');
}
