/** One pod from its start to its end: its volumes as folders, its containers as processes, its status as they are. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Container, V1Volume } from '@kubernetes/client-node';
import type { KubeClient, KubeObject } from '@keyfleet/kube';
import { freeAddress, ServerProcess } from '@keyfleet/testkit';
import { localCommand, writeVolume, type LocalPod, type Pod } from './local-pod.ts';
import { isReady } from './pod-readiness.ts';
import { unlessAborted, until } from './until.ts';

export type PodHost = {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly folder: string;
  /** What an image runs by itself. */
  readonly entrypointOf: (image: string) => readonly string[];
};

type Mounted = KubeObject & { readonly data?: Readonly<Record<string, string>> };

export class PodRun {
  readonly #host: PodHost;
  readonly #pod: Pod;
  readonly #ended = new AbortController();
  readonly #processes: ServerProcess[] = [];
  readonly #life: Promise<void>;

  /** `before`: the end of the last pod of this name, whose volumes this one takes over. */
  constructor(host: PodHost, pod: Pod, before: Promise<void>) {
    this.#host = host;
    this.#pod = pod;
    this.#life = unlessAborted(
      before.then(() => this.#live()),
      this.#ended.signal,
    );
    this.#life.catch(() => undefined); // `end` tells it
  }

  get uid(): string {
    return this.#pod.metadata.uid!;
  }

  get name(): string {
    return this.#pod.metadata.name;
  }

  /** What its processes said last. */
  get log(): string {
    return this.#processes.map(({ log }) => log).join('');
  }

  /** Fails with what failed in its life. */
  async end(): Promise<void> {
    this.#ended.abort();
    try {
      await this.#life;
    } finally {
      await Promise.all(this.#processes.map((one) => one.stop()));
    }
  }

  async #live(): Promise<void> {
    const { signal } = this.#ended;
    signal.throwIfAborted();
    const { containers, volumes = [] } = this.#pod.spec;
    const local = await this.#mountAll(volumes);
    for (const container of containers) await this.#start(local, container);
    await this.#report(local.ip, false);
    for (const container of containers) await until(() => isReady(local.ip, container), signal);
    await this.#report(local.ip, true);
  }

  async #mountAll(volumes: readonly V1Volume[]): Promise<LocalPod> {
    const { folder } = this.#host;
    const folders = new Map<string, string>();
    for (const { name, persistentVolumeClaim: claim } of volumes) {
      // A claim that was deleted and made again is another, and empty.
      const owner = claim
        ? await this.#awaited('PersistentVolumeClaim', claim.claimName)
        : this.#pod;
      folders.set(name, join(folder, owner.metadata.uid!, claim ? 'data' : name));
      await mkdir(folders.get(name)!, { recursive: true });
    }
    const { host: ip } = await freeAddress();
    const local = { pod: this.#pod, ip, folderOf: (name: string) => folders.get(name)! };
    for (const volume of volumes) await writeVolume(local, volume, await this.#filesOf(volume));
    return local;
  }

  async #filesOf({ configMap, secret }: V1Volume): Promise<Record<string, string>> {
    if (configMap) return (await this.#awaited('ConfigMap', configMap.name!)).data ?? {};
    if (!secret) return {};
    const { data = {} } = await this.#awaited('Secret', secret.secretName!);
    return Object.fromEntries(
      Object.entries(data).map(([name, text]) => [name, Buffer.from(text, 'base64').toString()]),
    );
  }

  /** A pod waits for what it mounts. */
  async #awaited(kind: string, name: string): Promise<Mounted> {
    const { client, namespace } = this.#host;
    const ref = { apiVersion: 'v1', kind, metadata: { namespace, name } };
    return until(() => client.get<Mounted>(ref), this.#ended.signal);
  }

  async #start(local: LocalPod, container: V1Container): Promise<void> {
    this.#ended.signal.throwIfAborted();
    const { words, env } = localCommand(
      local,
      container,
      this.#host.entrypointOf(container.image!),
    );
    const [command, ...args] = words;
    const start = ServerProcess.start({
      ...{ command: command!, aptPackage: command!, args, env },
      address: { host: local.ip, port: container.ports?.[0]?.containerPort ?? 0 },
      isReady: () => Promise.resolve(true), // a pod runs first, and is ready later
    });
    this.#processes.push(await start);
  }

  async #report(ip: string, ready: boolean): Promise<void> {
    const now = new Date().toISOString();
    const { apiVersion, kind, metadata, spec } = this.#pod;
    const condition = (type: string, isTrue: boolean) => ({
      ...{ type, status: isTrue ? 'True' : 'False', lastTransitionTime: now },
    });
    await this.#host.client.applyStatus({
      ...{ apiVersion, kind, metadata },
      status: {
        ...{ phase: 'Running', podIP: ip, podIPs: [{ ip }], startTime: now },
        conditions: [
          ...['PodScheduled', 'Initialized'].map((type) => condition(type, true)),
          ...['ContainersReady', 'Ready'].map((type) => condition(type, ready)),
        ],
        containerStatuses: spec.containers.map(({ name, image }) => ({
          ...{ name, image, imageID: image, ready, started: true, restartCount: 0 },
          state: { running: { startedAt: now } },
        })),
      },
    });
  }
}
