import { kubectl, tryKubectl, type KubectlOptions } from './kubectl.ts';

const GONE_WITHIN_SECONDS = 150;

export type KubeObject = {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
};
type List<T> = { readonly items: readonly T[] };

/** One namespace of the cluster, and kubectl in it. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  async kubectl(args: readonly string[], options?: KubectlOptions): Promise<string> {
    return kubectl(['--namespace', this.name, ...args], options);
  }

  /** Undefined: there is no such object. */
  async get<T extends KubeObject>(kind: string, name: string): Promise<T | undefined> {
    const text = await this.kubectl(['get', kind, name, '--ignore-not-found', '-o', 'json']);
    return text === '' ? undefined : (JSON.parse(text) as T);
  }

  async list<T extends KubeObject>(kinds: string, selector = ''): Promise<readonly T[]> {
    const args = ['get', kinds, '--selector', selector, '-o', 'json'];
    return (JSON.parse(await this.kubectl(args)) as List<T>).items;
  }

  /** A manifest as text, or an object: JSON is YAML. */
  async apply(manifest: string | object): Promise<string> {
    const input = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    return this.kubectl(['apply', '-f', '-'], { input });
  }

  async create(): Promise<void> {
    await kubectl(['create', 'namespace', this.name]);
  }

  /**
   * Takes everything with it, the data of the clusters too, whatever state they are in. What does not let go in time
   * loses its finalizers, so that the next run finds nothing of this one.
   */
  async remove(): Promise<void> {
    const clusters = await this.#names('redisclusters');
    for (const name of clusters) await this.#forgetData(name);
    const deletion = ['delete', 'redisclusters', '--all', `--timeout=${GONE_WITHIN_SECONDS}s`];
    const timeoutMs = (GONE_WITHIN_SECONDS + 10) * 1000;
    const outcome = await this.#try(deletion, timeoutMs);
    if (outcome.exitCode !== 0) {
      for (const name of await this.#names('redisclusters')) await this.#letGo(name);
    }
    await kubectl(
      ['delete', 'namespace', this.name, '--ignore-not-found', `--timeout=${GONE_WITHIN_SECONDS}s`],
      { timeoutMs },
    );
  }

  async #names(kind: string): Promise<string[]> {
    const args = ['get', kind, '-o', 'jsonpath={.items[*].metadata.name}'];
    return (await this.#try(args)).stdout.split(' ').filter(Boolean);
  }

  /** Else the configserver keeps its records for whoever creates the cluster again. */
  async #forgetData(name: string): Promise<void> {
    const patch = { spec: { storage: { retention: { whenDeleted: 'Delete' } } } };
    await this.#try(['patch', 'rediscluster', name, '--type=merge', '-p', JSON.stringify(patch)]);
  }

  async #letGo(name: string): Promise<void> {
    const patch = { metadata: { finalizers: [] } };
    await this.#try(['patch', 'rediscluster', name, '--type=merge', '-p', JSON.stringify(patch)]);
  }

  async #try(args: readonly string[], timeoutMs?: number) {
    return tryKubectl(['--namespace', this.name, ...args], {
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }
}
