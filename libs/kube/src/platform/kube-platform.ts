/**
 * The Platform port on Kubernetes: a StatefulSet for each shard, a Deployment of proxies. What is there is known from
 * watches; every write is a server-side apply of whole objects, so to do it again changes nothing.
 */
import { randomBytes } from 'node:crypto';
import type { V1Deployment } from '@kubernetes/client-node';
import type {
  ClusterSpec,
  Credentials,
  NodePlace,
  Platform,
  PlatformView,
  ServerView,
} from '@keyfleet/lifecycle';
import { credentialsId } from '@keyfleet/runtime';
import type { KubeClient } from '../client/kube-client.ts';
import type { KubeObject, ObjectRef } from '../client/kube-object.ts';
import { credentialsName, proxyName, shardName, shardObjectName } from '../objects/names.ts';
import type { ClusterPlace } from '../objects/cluster-place.ts';
import { credentialsSecret } from '../objects/credentials.ts';
import type { Plain } from '../objects/plain.ts';
import { proxyObjects } from '../objects/proxy-objects.ts';
import { shardObjects } from '../objects/shard-objects.ts';
import { inParallel } from './in-parallel.ts';
import type { ObjectIndex, OwnedObjects } from './owned-objects.ts';
import {
  outdatedParts,
  proxiesView,
  serverViews,
  staleServers,
  type WantedObjects,
} from './platform-view.ts';

/** What one step writes at most: the next goes on, and the work of other clusters comes between. */
const SHARDS_PER_STEP = 16;
const WRITES_IN_PARALLEL = 4;
/** Secrets that one look asks for: only of shards that do not come up. */
const SECRETS_PER_LOOK = 4;
const SECRET_BYTES = 32;

type Deployment = KubeObject & Pick<Plain<V1Deployment>, 'spec'>;

export type KubePlatformOptions = {
  readonly place: ClusterPlace;
  readonly objects: OwnedObjects;
  readonly client: Pick<KubeClient, 'apply' | 'create' | 'get' | 'delete'>;
};

/** The cluster's secret is gone, and its servers run with it: a new one would lock everybody out. */
class CredentialsLostError extends Error {
  override readonly name = 'CredentialsLostError';
  readonly code = 'CREDENTIALS_LOST';
}

export class KubePlatform implements Platform {
  readonly #place: ClusterPlace;
  readonly #objects: OwnedObjects;
  readonly #client: KubePlatformOptions['client'];
  #wanted: (WantedObjects & { readonly secret: string }) | undefined;

  constructor({ place, objects, client }: KubePlatformOptions) {
    this.#place = place;
    this.#objects = objects;
    this.#client = client;
  }

  async observe(spec: ClusterSpec): Promise<PlatformView> {
    const { name } = this.#place;
    const found = this.#found();
    const servers = serverViews(name, spec, found);
    const proxies = proxiesView(name, found);
    const credentials = await this.#credentials();
    const outdated = new Set(await this.#outdated(credentials, { servers, proxies }));
    return { servers, proxies, credentials, outdated: [...outdated] };
  }

  /** Servers that run with an older configuration than the spec makes. */
  staleServers(): string[] {
    const { name, spec } = this.#place;
    return staleServers(name, spec, this.#found());
  }

  async startServers(nodes: readonly NodePlace[]): Promise<void> {
    const secret = await this.#ensureSecret();
    const shards = [...new Set(nodes.map(({ shard }) => shard))].slice(0, SHARDS_PER_STEP);
    const { shards: wanted } = this.#render(secret);
    await inParallel(WRITES_IN_PARALLEL, shards, async (shard) => {
      // In their order: what a pod mounts is there before the pod.
      for (const object of wanted.get(shard) ?? []) await this.#apply(object);
    });
  }

  async startProxies(): Promise<void> {
    const { name } = this.#place;
    const { proxies } = this.#render(await this.#ensureSecret());
    for (const object of proxies) await this.#apply(this.#withReplicas(object));
    const autoscaler = this.#found().get('HorizontalPodAutoscaler', proxyName(name));
    const isWanted = proxies.some(({ kind }) => kind === 'HorizontalPodAutoscaler');
    if (autoscaler && !isWanted) await this.#delete(autoscaler);
  }

  async stopProxies(): Promise<void> {
    await this.#deleteIfThere('Deployment', proxyName(this.#place.name));
  }

  async stopServers(nodes: readonly NodePlace[]): Promise<void> {
    const shards = [...new Set(nodes.map(({ shard }) => shard))].slice(0, SHARDS_PER_STEP);
    await inParallel(WRITES_IN_PARALLEL, shards, (shard) =>
      this.#deleteIfThere('StatefulSet', shardObjectName(this.#place.name, shard)),
    );
  }

  async #outdated(
    credentials: Credentials | null,
    seen: Pick<PlatformView, 'servers' | 'proxies'>,
  ): Promise<string[]> {
    // Whoever goes to update the proxies finds out what is wrong, and says so.
    if (!credentials) return this.#runningSet() === undefined ? [] : ['proxies'];
    const parts = outdatedParts(this.#render(credentials.secret), seen, this.#found());
    return [...parts, ...(await this.#shardsWithoutSecret(seen.servers))];
  }

  #found(): ObjectIndex {
    return this.#objects.of(this.#place.namespace, this.#place.name);
  }

  #render(secret: string): WantedObjects {
    if (this.#wanted?.secret === secret) return this.#wanted;
    const indexes = Array.from({ length: this.#place.spec.shards }, (_, index) => index);
    const shards = new Map(
      indexes.map((index) => [shardName(index), shardObjects(this.#place, index, secret)]),
    );
    this.#wanted = { secret, shards, proxies: proxyObjects(this.#place) };
    return this.#wanted;
  }

  async #credentials(): Promise<Credentials | null> {
    const found = await this.#client.get(this.#credentialsRef());
    const data = (found as { data?: Record<string, string> } | undefined)?.data ?? {};
    if (data['secret'] === undefined) return null;
    const secret = Buffer.from(data['secret'], 'base64').toString();
    return { id: credentialsId(secret), secret };
  }

  /** Made once, by `create`: of two operators only one can, and the other takes what is there. */
  async #ensureSecret(): Promise<string> {
    const existing = await this.#credentials();
    if (existing) return existing.secret;
    this.#refuseNewSecret();
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await this.#client.create(credentialsSecret(this.#place, secret));
    return secret;
  }

  #refuseNewSecret(): void {
    const set = this.#runningSet();
    if (set === undefined) return;
    const { name, namespace } = this.#place;
    throw new CredentialsLostError(
      `Cannot find Secret ${namespace}/${credentialsName(name)}: the servers of ${set} run with it, want it back`,
    );
  }

  /** A StatefulSet of the cluster, if there is any. */
  #runningSet(): string | undefined {
    const sets = this.#found().all('StatefulSet');
    return sets[0]?.metadata.name;
  }

  #credentialsRef(): ObjectRef {
    const { name, namespace } = this.#place;
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: credentialsName(name) },
    };
  }

  /** A pod whose Secret is gone waits for ever and does not say so in its status. */
  async #shardsWithoutSecret(servers: ReadonlyMap<string, ServerView>): Promise<string[]> {
    const { name, namespace } = this.#place;
    const waiting = [...servers]
      .filter(([, { state }]) => state === 'starting')
      .map(([id]) => id.slice(0, id.lastIndexOf('-')));
    const missing: string[] = [];
    for (const shard of [...new Set(waiting)].slice(0, SECRETS_PER_LOOK)) {
      const metadata = { namespace, name: shardObjectName(name, shard) };
      const secret = await this.#client.get({ apiVersion: 'v1', kind: 'Secret', metadata });
      if (!secret) missing.push(shard);
    }
    return missing;
  }

  /**
   * A Deployment that is scaled by an autoscaler says no number of replicas; the first apply without it would take
   * our own number back, and Kubernetes makes that one replica. So what runs now is said again.
   */
  #withReplicas(object: KubeObject): KubeObject {
    const { spec } = object as Deployment;
    if (object.kind !== 'Deployment' || spec?.replicas !== undefined) return object;
    const found = this.#found().get('Deployment', object.metadata.name) as Deployment | undefined;
    const replicas = found?.spec?.replicas ?? this.#place.spec.proxy.autoscaling?.minReplicas;
    return { ...object, spec: { ...spec, replicas } } as KubeObject;
  }

  async #apply(object: KubeObject): Promise<void> {
    this.#objects.remember(await this.#client.apply(object));
  }

  async #deleteIfThere(kind: string, name: string): Promise<void> {
    const object = this.#found().get(kind, name);
    if (object) await this.#delete(object);
  }

  async #delete(object: KubeObject): Promise<void> {
    const { uid } = object.metadata;
    await this.#client.delete(object, uid === undefined ? {} : { uid });
    this.#objects.forget(object);
  }
}
