/**
 * What there is on the API server for each RedisCluster, followed by one watch per kind. Answers to our own writes go
 * in at once (`remember`), so that the next look does not plan what was just done again.
 */
import type { KubeObject } from '../client/kube-object.ts';

export type ObjectIndex = {
  get(kind: string, name: string): KubeObject | undefined;
  all(kind: string): KubeObject[];
};

const GONE_MAX = 10_000;

type Cluster = Map<string, KubeObject>;

export class OwnedObjects {
  readonly #labelOfCluster: string;
  readonly #clusters = new Map<string, Cluster>();
  /** Uids of what is gone: the answer to a write may be heard later than the end of what was written. */
  readonly #gone = new Set<string>();

  constructor(labelOfCluster: string) {
    this.#labelOfCluster = labelOfCluster;
  }

  /** The objects of one cluster. */
  of(namespace: string, cluster: string): ObjectIndex {
    const found = this.#clusters.get(`${namespace}/${cluster}`);
    return {
      get: (kind, name) => found?.get(`${kind}/${name}`),
      all: (kind) => [...(found?.values() ?? [])].filter((object) => object.kind === kind),
    };
  }

  /** Older news than what is known changes nothing. Returns the key of the cluster, `namespace/name`. */
  remember(object: KubeObject): string | undefined {
    const key = this.#clusterOf(object);
    if (key === undefined || this.#gone.has(object.metadata.uid ?? '')) return key;
    const cluster = this.#clusters.get(key) ?? new Map<string, KubeObject>();
    const name = nameIn(object);
    const known = cluster.get(name);
    if (known && isNewer(known, object)) return key;
    cluster.set(name, object);
    this.#clusters.set(key, cluster);
    return key;
  }

  /** Of an object that is gone; one of the same name that was made since stays. */
  forget(object: KubeObject): string | undefined {
    const key = this.#clusterOf(object);
    const cluster = key === undefined ? undefined : this.#clusters.get(key);
    const name = nameIn(object);
    this.#bury(object.metadata.uid);
    if (cluster?.get(name)?.metadata.uid !== object.metadata.uid) return key;
    cluster?.delete(name);
    if (key !== undefined && cluster?.size === 0) this.#clusters.delete(key);
    return key;
  }

  #bury(uid: string | undefined): void {
    if (uid === undefined) return;
    this.#gone.add(uid);
    const [oldest] = this.#gone;
    if (this.#gone.size > GONE_MAX) this.#gone.delete(oldest!);
  }

  #clusterOf({ metadata }: KubeObject): string | undefined {
    const cluster = metadata.labels?.[this.#labelOfCluster];
    return cluster === undefined ? undefined : `${metadata.namespace ?? ''}/${cluster}`;
  }
}

function nameIn({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

/** Resource versions grow; Kubernetes promises it since 1.35 (KEP-5504), and etcd's revisions always did. */
function isNewer({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.uid === b.uid && Number(a.resourceVersion) > Number(b.resourceVersion);
}
