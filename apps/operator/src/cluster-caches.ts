/** The watches of the operator: RedisClusters, and what belongs to them. */
import {
  CLUSTER_LABEL,
  ObjectCache,
  OwnedObjects,
  type KubeClient,
  type KubeObject,
  type RedisCluster,
} from '@keyfleet/kube';
import type { Clock, Logger } from '@keyfleet/runtime';
import { ownedKinds, redisClusters } from './watched-kinds.ts';

export type CacheOptions = {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Called with `namespace/name` of the cluster that something happened to. */
  readonly onChange: (key: string) => void;
};

export class ClusterCaches {
  readonly objects = new OwnedObjects(CLUSTER_LABEL);
  readonly #clusters: ObjectCache<RedisCluster>;
  readonly #owned: readonly ObjectCache[];

  constructor(options: CacheOptions) {
    const { onChange, ...base } = options;
    this.#clusters = new ObjectCache<RedisCluster>({ ...base, kind: redisClusters });
    this.#clusters.onChange(({ metadata }) => onChange(keyOf(metadata)));
    this.#owned = ownedKinds.map(({ metadataOnly, ...kind }) => {
      const selection = { labelSelector: CLUSTER_LABEL, metadataOnly };
      return new ObjectCache({ ...base, kind, selection });
    });
    for (const cache of this.#owned) {
      cache.onChange((object, change) => {
        const key =
          change === 'deleted' ? this.objects.forget(object) : this.objects.remember(object);
        if (key !== undefined) onChange(key);
      });
    }
  }

  /** Null: everything is known, else what is missing. */
  get missing(): string | null {
    const index = this.#owned.findIndex((cache) => !cache.isSynced);
    if (!this.#clusters.isSynced) return 'RedisClusters are not listed yet';
    return index === -1 ? null : `${ownedKinds[index]!.kind}s are not listed yet`;
  }

  clusterOf(key: string): RedisCluster | undefined {
    const [namespace = '', name = ''] = key.split('/');
    return this.#clusters.get(namespace, name);
  }

  clusters(): RedisCluster[] {
    return [...this.#clusters.all()];
  }

  start(): void {
    for (const cache of this.#all()) cache.start();
  }

  async synced(): Promise<void> {
    await Promise.all(this.#all().map((cache) => cache.synced));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((cache) => cache.stop()));
  }

  #all(): { start(): void; stop(): Promise<void>; synced: Promise<void> }[] {
    return [this.#clusters, ...this.#owned];
  }
}

export function keyOf({ namespace = '', name }: KubeObject['metadata']): string {
  return `${namespace}/${name}`;
}
