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
import { credentialsId, parseSecret } from '@keyfleet/runtime';
import type { KubeClient } from '../client/kube-client.ts';
import type { KubeObject } from '../client/kube-object.ts';
import {
  credentialsName,
  proxyName,
  shardName,
  shardObjectName,
  volumeClaimName,
} from '../objects/names.ts';
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
  volumesOf,
  type WantedObjects,
} from './platform-view.ts';

/** What one step writes at most: the next goes on, and the work of other clusters comes between. */
const SHARDS_PER_STEP = 16;
const VOLUMES_PER_STEP = 32;
const WRITES_IN_PARALLEL = 4;
/** Secrets that one look asks for: only of shards that do not come up. */
const SECRETS_PER_LOOK = 4;
const SECRET_BYTES = 32;
const AUTOSCALER = 'HorizontalPodAutoscaler';

type SecretObject = KubeObject & { readonly data?: Readonly<Record<string, string>> };
type Deployment = KubeObject & Pick<Plain<V1Deployment>, 'spec'>;

export type KubePlatformOptions = {
  readonly place: ClusterPlace;
  readonly objects: OwnedObjects;
  readonly client: Pick<KubeClient, 'apply' | 'create' | 'get' | 'delete'>;
  /** Aborts when another operator leads: nothing is written any more. */
  readonly signal: AbortSignal;
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
  readonly #call: { readonly signal: AbortSignal };
  #wanted: (WantedObjects & { readonly secret: string }) | undefined;

  constructor({ place, objects, client, signal }: KubePlatformOptions) {
    this.#call = { signal };
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
    const volumes = volumesOf(name, spec, found);
    return { servers, proxies, credentials, volumes, outdated: [...outdated] };
  }

  /** Servers whose pods are older than what the spec makes; none is known before the first look. */
  staleServers(): string[] {
    const { name, spec } = this.#place;
    return this.#wanted ? staleServers(name, spec, this.#wanted, this.#found()) : [];
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
    if (this.#hasNeedlessAutoscaler()) await this.#deleteIfThere(AUTOSCALER, proxyName(name));
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

  async deleteVolumes(nodes: readonly NodePlace[]): Promise<void> {
    await inParallel(WRITES_IN_PARALLEL, nodes.slice(0, VOLUMES_PER_STEP), ({ id }) =>
      this.#deleteIfThere('PersistentVolumeClaim', volumeClaimName(this.#place.name, id)),
    );
  }

  #hasNeedlessAutoscaler(): boolean {
    const { name, spec } = this.#place;
    const found = this.#found().get(AUTOSCALER, proxyName(name));
    return found !== undefined && spec.proxy.autoscaling === undefined;
  }

  async #outdated(
    credentials: Credentials | null,
    seen: Pick<PlatformView, 'servers' | 'proxies'>,
  ): Promise<string[]> {
    // Whoever goes to update the proxies finds out what is wrong, and says so.
    if (!credentials) return this.#runningSet() === undefined ? [] : ['proxies'];
    const parts = outdatedParts(this.#render(credentials.secret), seen, this.#found());
    if (this.#hasNeedlessAutoscaler()) parts.push('proxies');
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
    const found = await this.#credentialsObject();
    const encoded = found && !this.#isOfAnother(found) ? found.data?.['secret'] : undefined;
    if (encoded === undefined) return null;
    const secret = parseSecret(Buffer.from(encoded, 'base64').toString());
    return { id: credentialsId(secret), secret };
  }

  async #credentialsObject(): Promise<SecretObject | undefined> {
    const { name, namespace } = this.#place;
    const metadata = { namespace, name: credentialsName(name) };
    return this.#client.get<SecretObject>(
      { apiVersion: 'v1', kind: 'Secret', metadata },
      this.#call,
    );
  }

  /** Of a deleted cluster of the same name: Kubernetes will delete it, whoever uses it by then. */
  #isOfAnother({ metadata: { ownerReferences = [] } }: KubeObject): boolean {
    return ownerReferences.some(
      ({ kind, uid }) => kind === 'RedisCluster' && uid !== this.#place.uid,
    );
  }

  /** Made once, by `create`: of two operators only one can, and the other takes what is there. */
  async #ensureSecret(): Promise<string> {
    const existing = await this.#credentials();
    if (existing) return existing.secret;
    this.#refuseNewSecret();
    const leftOver = await this.#credentialsObject();
    if (leftOver) await this.#delete(leftOver);
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    await this.#client.create(credentialsSecret(this.#place, secret), this.#call);
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

  /** A pod whose Secret is gone waits for ever and does not say so in its status. */
  async #shardsWithoutSecret(servers: ReadonlyMap<string, ServerView>): Promise<string[]> {
    const { name, namespace } = this.#place;
    const waiting = [...servers]
      .filter(([, { state }]) => state === 'starting')
      .map(([id]) => id.slice(0, id.lastIndexOf('-')));
    const missing: string[] = [];
    for (const shard of [...new Set(waiting)].slice(0, SECRETS_PER_LOOK)) {
      const metadata = { namespace, name: shardObjectName(name, shard) };
      const ref = { apiVersion: 'v1', kind: 'Secret', metadata };
      const secret = await this.#client.get(ref, this.#call);
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
    const applied = await this.#client.apply(object, this.#call);
    // Secrets are not watched: nobody would say when this one is gone.
    if (object.kind !== 'Secret') this.#objects.remember(applied);
  }

  async #deleteIfThere(kind: string, name: string): Promise<void> {
    const object = this.#found().get(kind, name);
    if (object) await this.#delete(object);
  }

  async #delete(object: KubeObject): Promise<void> {
    const { uid } = object.metadata;
    await this.#client.delete(object, { ...this.#call, ...(uid === undefined ? {} : { uid }) });
  }
}
