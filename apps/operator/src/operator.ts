/** Puts one operator together: watches, election, the leader's work, health. */
import {
  EventRecorder,
  LeaseElection,
  WorkQueue,
  type ClusterPlace,
  type KubeClient,
} from '@keyfleet/kube';
import { addHealthRoutes, type Clock, type Logger, type Running } from '@keyfleet/runtime';
import fastify from 'fastify';
import { ClusterCaches, keyOf } from './cluster-caches.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { Reporter } from './reconcile/reporter.ts';

const LEASE_NAME = 'keyfleet-operator';
const BACKOFF = { firstMs: 500, maxMs: 30_000 };

export type OperatorOptions = {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly namespace: string;
  readonly identity: string;
  readonly workers: number;
  readonly resyncMs: number;
  readonly deleteDeadlineMs: number;
  readonly bind: string;
  readonly metricsPort: number;
  readonly installation: Pick<
    ClusterPlace,
    'images' | 'configserverUrls' | 'imagePullPolicy' | 'imagePullSecrets'
  >;
};

/** Listens when it resolves; it works while it leads. */
export async function startOperator(options: OperatorOptions): Promise<Running> {
  const { client, clock, random, log, bind, metricsPort } = options;
  const stopping = new AbortController();
  let queue: WorkQueue | undefined;
  const caches = new ClusterCaches({
    ...{ client, clock, random, log },
    onChange: (key) => queue?.add(key),
  });
  const election = new LeaseElection({
    ...{ client, clock, random, log },
    ...{ namespace: options.namespace, identity: options.identity, name: LEASE_NAME },
  });
  const metrics = createMetrics({
    clusters: () => caches.clusters(),
    isLeader: () => election.isLeader,
    queue: () => queue ?? { length: 0, oldestWaitMs: 0 },
  });
  const app = fastify({ forceCloseConnections: true });
  addHealthRoutes(app, { registry: metrics.registry, notReadyBecause: () => caches.missing });
  await app.listen({ host: bind, port: metricsPort });

  const lead = async (signal: AbortSignal): Promise<void> => {
    await Promise.race([caches.synced(), aborted(signal)]);
    if (signal.aborted) return;
    // What is remembered of a reign ends with it.
    const events = new EventRecorder({ client, clock, random, log, component: LEASE_NAME });
    queue = createQueue(options, { caches, metrics, events, signal });
    for (const { metadata } of caches.clusters()) queue.add(keyOf(metadata));
    await aborted(signal);
    await queue.stop();
    queue = undefined;
    await events.stop();
  };
  caches.start();
  const work = election.run(lead, stopping.signal);
  return {
    stop: async () => {
      stopping.abort(new Error('the operator is stopping'));
      await work;
      await caches.stop();
      await app.close();
      client.close();
    },
  };
}

type Parts = {
  readonly caches: ClusterCaches;
  readonly metrics: Metrics;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
};

function createQueue(
  options: OperatorOptions,
  { caches, metrics, events, signal: reign }: Parts,
): WorkQueue {
  const { client, clock, random, log } = options;
  const reconciler = new Reconciler({
    ...options,
    signal: reign,
    objects: caches.objects,
    resourceOf: (key) => caches.clusterOf(key),
    reporter: new Reporter({ client, events, log }),
  });
  const queue: WorkQueue = new WorkQueue({
    ...{ clock, random, log, workers: options.workers, backoff: BACKOFF },
    work: async (key, signal) => {
      try {
        const againMs = await reconciler.reconcile(key, signal);
        metrics.looks.inc({ outcome: 'done' });
        if (againMs !== null) queue.addAfter(key, againMs);
      } catch (error) {
        metrics.looks.inc({ outcome: 'failed' });
        throw error;
      }
    },
  });
  return queue;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
