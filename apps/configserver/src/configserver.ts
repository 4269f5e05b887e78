/** Puts one configserver together: cache, election, the leader's work, HTTP. */
import { randomBytes } from 'node:crypto';
import { Gauge, Counter, Registry } from 'prom-client';
import type { Clock, Logger, Running } from '@keyfleet/runtime';
import type { Store } from '@keyfleet/store';
import { Reign } from './act/reign.ts';
import { createHttpServer } from './api/http-server.ts';
import { TopologyPolls } from './api/topology-polls.ts';
import { runElection } from './election/run-election.ts';
import type { Term } from './election/term.ts';
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
  const metrics = createMetrics(cache);
  let reign: Reign | undefined;
  const app = createHttpServer({
    cache,
    polls: new TopologyPolls(cache, clock),
    log,
    registry: metrics.registry,
    reign: () => reign,
    stopping: stopping.signal,
  });
  const listening = await app.listen({ host: options.bind, port: options.apiPort });
  const url = options.advertiseUrl || listening;

  const id = randomId();
  const lead = async (term: Term, signal: AbortSignal): Promise<void> => {
    const onStepError = (cluster: string): void => metrics.stepFailures.inc({ cluster });
    const own = { id, store, cache, clock, log, tickMs, leaseMs, newId: randomId, onStepError };
    reign = new Reign(term, own);
    metrics.leads.set(1);
    signal.addEventListener('abort', () => (reign = undefined), { once: true });
    try {
      await reign.run(signal);
    } finally {
      reign = undefined;
      metrics.leads.set(0);
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

function createMetrics(cache: StateCache): {
  registry: Registry;
  leads: Gauge;
  stepFailures: Counter<'cluster'>;
} {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'keyfleet_topology_version',
    help: 'Version of the published topology.',
    labelNames: ['cluster'],
    registers,
    collect() {
      this.reset();
      for (const { name, topology } of cache.state.clusters.values()) {
        this.set({ cluster: name }, topology?.value.version ?? 0);
      }
    },
  });
  const leads = new Gauge({
    name: 'keyfleet_configserver_leads',
    help: 'Whether this configserver leads: 1, or 0.',
    registers,
  });
  const stepFailures = new Counter({
    name: 'keyfleet_step_failures_total',
    help: 'Rounds of the control loop that failed.',
    labelNames: ['cluster'],
    registers,
  });
  return { registry, leads, stepFailures };
}

function randomId(): string {
  return randomBytes(8).toString('hex');
}
