/**
 * One namespace with one RedisCluster and an operator that can be killed at any of its writes. Everything but the nodes
 * is real: API server, controllers, configserver, servers, proxies, operator.
 */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterId, type RedisCluster } from '@keyfleet/kube';
import type { ServerProcess } from '@keyfleet/testkit';
import { objectsOf } from './cluster-objects.ts';
import { FakeKubelet } from './fake-kubelet.ts';
import { entrypointOf, startOperator } from './programs.ts';
import type { Theatre } from './theatre.ts';
import { until } from './until.ts';
import { WriteGate, type Guard, type Passage, type Side, type Write } from './write-gate.ts';
import { configserverWriteName, kubeWriteName } from './write-names.ts';

const CLUSTER = 'orders';
/** Two programs of ours have to start, on a machine that does this several times at once. */
const PATIENCE_MS = 120_000;
const HEARING_MS = 40_000;

type Fate = { readonly name: string; readonly side: Side; readonly strike: () => Promise<Passage> };

export type Operator = {
  readonly process: ServerProcess;
  /** Between it and the API server. */
  readonly gate: WriteGate;
  /** Names of what it wrote to the API server, in their order. */
  readonly writes: readonly string[];
  readonly leads: () => Promise<boolean>;
};

export class Stage implements AsyncDisposable {
  readonly namespace: string;
  /** Names of what operators wrote to the API server and to the configserver, in their order. */
  readonly writes: string[] = [];
  readonly #theatre: Theatre;
  readonly #deleteDeadlineSeconds: number;
  readonly #folder: string;
  readonly #owned = new AsyncDisposableStack();
  readonly #operators: Operator[] = [];
  #configserver!: WriteGate;
  #kubelet!: FakeKubelet;
  #fate: Fate | undefined;

  private constructor(theatre: Theatre, deleteDeadlineSeconds: number) {
    this.namespace = `stage-${randomUUID().slice(0, 8)}`;
    this.#theatre = theatre;
    this.#deleteDeadlineSeconds = deleteDeadlineSeconds;
    this.#folder = join(theatre.folder, this.namespace);
  }

  /** By default no deletion meets its deadline. */
  static async create(theatre: Theatre, deleteDeadlineSeconds = 600): Promise<Stage> {
    const stage = new Stage(theatre, deleteDeadlineSeconds);
    try {
      await stage.#build();
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
    return stage;
  }

  get log(): string {
    const operators = this.#operators.map(({ process }) => `== operator\n${process.log}`);
    return ['== writes', ...this.writes, ...operators, this.#kubelet.log].join('\n');
  }

  /** Under the same name it is another process of one pod. */
  async startOperator(identity = 'operator-0'): Promise<Operator> {
    const { api } = this.#theatre;
    const rewrite = (path: string): string => within(this.namespace, path);
    const gate = this.#owned.use(await WriteGate.start({ ...api, rewrite }));
    const writes: string[] = [];
    gate.guard = this.#guardOf(kubeWriteName, writes);
    const process = await startOperator({
      apiUrl: gate.url,
      configserverUrl: this.#configserver.url,
      namespace: this.namespace,
      folder: this.#folder,
      identity,
      deleteDeadlineSeconds: this.#deleteDeadlineSeconds,
    });
    this.#owned.defer(() => process.kill());
    const operator = { process, gate, writes, leads: () => leads(process) };
    this.#operators.push(operator);
    return operator;
  }

  /** As if its Lease had run out, which takes longer than anybody wants to wait in each case. */
  async replaceOperator(): Promise<void> {
    await this.#theatre.client.delete(this.#leaseRef());
    await this.startOperator();
  }

  async untilLeads(operator: Operator, wanted = true): Promise<void> {
    await this.#until(async () => (await operator.leads()) === wanted);
  }

  /** The last operator that was started dies at the first write of this name. Resolves when it has. */
  async killOperatorAt(name: string, side: Side): Promise<void> {
    return new Promise((resolve) => {
      const strike = async (): Promise<Passage> => {
        await this.#operators.at(-1)!.process.kill();
        resolve();
        return 'lost';
      };
      this.#fate = { name, side, strike };
    });
  }

  /** At its first write of this name the operator hears no more from the watch of the resource that it has open. */
  async silenceAt(name: string, resource: string): Promise<void> {
    return new Promise((resolve) => {
      const strike = (): Promise<Passage> => {
        this.#operators.at(-1)!.gate.silence(resource);
        resolve();
        return Promise.resolve('passed');
      };
      this.#fate = { name, side: 'request', strike };
    });
  }

  /** Until the operator wrote it: not as late as when a silent watch is taken for dead. */
  async untilWritten(name: string): Promise<void> {
    const isWritten = (): Promise<boolean> => Promise.resolve(this.writes.includes(name));
    await until(isWritten, AbortSignal.timeout(HEARING_MS));
  }

  async createCluster(): Promise<void> {
    // More than any node has: real kubelets leave its pods to ours.
    const resources = { requests: { cpu: '10000' } };
    const spec: RedisCluster['spec'] = {
      ...{ shards: 1, replicasPerShard: 1, resources, proxy: { replicas: 1, resources } },
      storage: { retention: { whenDeleted: 'Delete' } },
    };
    await this.#theatre.client.create({ ...this.#clusterRef(), spec });
  }

  async deleteCluster(): Promise<void> {
    await this.#theatre.client.delete(this.#clusterRef());
  }

  async untilReady(): Promise<void> {
    await this.#until(async () => {
      const { metadata, status } = (await this.cluster()) ?? {};
      const ready = status?.conditions.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' && ready.observedGeneration === metadata?.generation;
    });
  }

  /** Until it is as late as that. */
  async untilDeletionIsDue(): Promise<void> {
    const { deletionTimestamp } = (await this.cluster())!.metadata;
    const dueMs = Date.parse(deletionTimestamp!) + this.#deleteDeadlineSeconds * 1000;
    await this.#until(() => Promise.resolve(Date.now() > dueMs));
  }

  async untilDeleted(): Promise<void> {
    await this.#until(async () => (await this.cluster()) === undefined);
  }

  /** Until Kubernetes has collected what belonged to it. */
  async untilNothingIsLeft(): Promise<void> {
    await this.#until(async () => Object.keys(await this.objects()).length === 0);
  }

  async cluster(): Promise<RedisCluster | undefined> {
    return this.#theatre.client.get<RedisCluster>(this.#clusterRef());
  }

  /** Undefined: there is no Secret. */
  async secret(): Promise<string | undefined> {
    const metadata = { namespace: this.namespace, name: `${CLUSTER}-credentials` };
    const ref = { apiVersion: 'v1', kind: 'Secret', metadata };
    const found = await this.#theatre.client.get<{ data: Record<string, string> } & typeof ref>(
      ref,
    );
    return found?.data['secret'];
  }

  /** What stands on the API server for the cluster, without what is this stage's own. */
  async objects(): Promise<Record<string, unknown>> {
    const uid = (await this.cluster())?.metadata.uid;
    return objectsOf(
      this.#theatre.client,
      { namespace: this.namespace, cluster: CLUSTER },
      {
        [this.namespace]: 'NAMESPACE',
        [this.#configserver.url]: 'CONFIGSERVER',
        ...(uid !== undefined && { [uid]: 'UID' }),
      },
    );
  }

  /** What the configserver says of the cluster, by the names of its nodes; null: it does not know it. */
  async recorded(): Promise<unknown> {
    const response = await fetch(this.#recordUrl());
    if (response.status === 404) return null;
    const { phase, shards } = (await response.json()) as Recorded;
    return {
      phase,
      shards: shards.map(({ slots, primary, replicas }) => ({
        slots,
        primary: primary?.id,
        replicas: replicas.map(({ id }) => id),
      })),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #build(): Promise<void> {
    const { client, configserver } = this.#theatre;
    await mkdir(this.#folder);
    const place = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } };
    await client.create(place);
    this.#owned.defer(() => this.#leave());
    const configserverUrl = `http://${configserver.host}:${configserver.port}`;
    this.#configserver = this.#owned.use(await WriteGate.start({ url: configserverUrl }));
    this.#configserver.guard = this.#guardOf(configserverWriteName);
    this.#kubelet = this.#owned.use(
      new FakeKubelet({ client, namespace: this.namespace, folder: this.#folder, entrypointOf }),
    );
  }

  #guardOf(nameOf: (write: Write) => string | null, own: string[] = []): Guard {
    return async (write, side) => {
      const name = nameOf(write);
      if (name === null) return 'passed';
      if (side === 'request') for (const writes of [own, this.writes]) writes.push(name);
      const fate = this.#fate;
      if (fate?.name !== name || fate.side !== side) return 'passed';
      this.#fate = undefined;
      return await fate.strike();
    };
  }

  /** Nothing of us is left, for others and for the configserver that they share. */
  async #leave(): Promise<void> {
    const { client } = this.#theatre;
    const cluster = await this.cluster();
    if (cluster) await client.merge(cluster, { metadata: { finalizers: null } });
    await client.delete({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: this.namespace },
    });
    await fetch(`${this.#recordUrl()}/retire`, { method: 'POST' });
    await fetch(this.#recordUrl(), { method: 'DELETE' });
  }

  #clusterRef() {
    const metadata = { namespace: this.namespace, name: CLUSTER };
    return { apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster', metadata };
  }

  #leaseRef() {
    const metadata = { namespace: this.namespace, name: 'keyfleet-operator' };
    return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
  }

  #recordUrl(): string {
    const { host, port } = this.#theatre.configserver;
    return `http://${host}:${port}/v1/clusters/${clusterId(this.namespace, CLUSTER)}`;
  }

  async #until(ask: () => Promise<boolean>): Promise<void> {
    await until(ask, AbortSignal.timeout(PATIENCE_MS));
  }
}

type Recorded = {
  readonly phase: string;
  readonly shards: readonly {
    readonly slots: string;
    readonly primary: { readonly id: string } | null;
    readonly replicas: readonly { readonly id: string }[];
  }[];
};

/** By its own metrics: in the Lease it would still stand when it knows better. */
async function leads({ host, port, isRunning }: ServerProcess): Promise<boolean> {
  if (!isRunning) return false;
  const response = await fetch(`http://${host}:${port}/metrics`).catch(() => undefined);
  return (await response?.text())?.includes('keyfleet_operator_leads 1') === true;
}

const clusterScoped = new Set([
  'namespaces',
  'nodes',
  'persistentvolumes',
  'customresourcedefinitions',
]);

/** An operator follows all namespaces; this one sees no other stage's. */
function within(namespace: string, path: string): string {
  return path.replace(
    /^(\/(?:api|apis\/[^/]+)\/v\w+)\/(\w+)(?=$|\?)/,
    (whole, version: string, resource: string) =>
      clusterScoped.has(resource) ? whole : `${version}/namespaces/${namespace}/${resource}`,
  );
}
