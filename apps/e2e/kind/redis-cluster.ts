/** A RedisCluster as its user sees it. */
import type { KubeObject, Namespace } from './namespace.ts';

export type Status = {
  readonly phase?: string;
  readonly message?: string;
  readonly operation?: {
    readonly type: string;
    readonly step: string;
    readonly lastError?: string;
  };
};
export type RedisClusterObject = KubeObject & { readonly status?: Status };
export type Pod = KubeObject & {
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

type Spec = Readonly<Record<string, unknown>>;

export class RedisCluster {
  readonly name: string;
  readonly namespace: Namespace;

  constructor(namespace: Namespace, name: string) {
    this.namespace = namespace;
    this.name = name;
  }

  async apply(spec: Spec): Promise<void> {
    const metadata = { name: this.name };
    const kind = { apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster' };
    await this.namespace.apply({ ...kind, metadata, spec });
  }

  /** Returns after how many seconds it was. */
  async untilReady(timeoutSeconds = 120): Promise<number> {
    const startMs = performance.now();
    const before = await this.get();
    const condition = ['--for=condition=Ready', `--timeout=${timeoutSeconds}s`];
    try {
      await this.namespace.kubectl(['wait', `kf/${this.name}`, ...condition], {
        timeoutMs: (timeoutSeconds + 10) * 1000,
      });
    } catch (error) {
      const now = stateOf(before, await this.get());
      throw new Error(`Cannot use ${this.namespace.name}/${this.name}: ${now}`, { cause: error });
    }
    return (performance.now() - startMs) / 1000;
  }

  async get(): Promise<RedisClusterObject | undefined> {
    return this.namespace.get<RedisClusterObject>('kf', this.name);
  }

  async servers(): Promise<readonly Pod[]> {
    return this.#pods('server');
  }

  async proxies(): Promise<readonly Pod[]> {
    return this.#pods('proxy');
  }

  /** Until it is gone, that is, until the operator has let it go. */
  async delete(timeoutSeconds = 120): Promise<void> {
    await this.namespace.kubectl(['delete', 'kf', this.name, `--timeout=${timeoutSeconds}s`], {
      timeoutMs: (timeoutSeconds + 10) * 1000,
    });
  }

  async #pods(component: string): Promise<readonly Pod[]> {
    const ofCluster = `keyfleet.dev/cluster=${this.name},app.kubernetes.io/component=${component}`;
    return this.namespace.list<Pod>('pods', ofCluster);
  }
}

/** kubectl waits on for an object that is gone, and only says that it has waited. */
function stateOf(
  before: RedisClusterObject | undefined,
  after: RedisClusterObject | undefined,
): string {
  if (after === undefined) return 'somebody has deleted it since';
  if (after.metadata.uid !== before?.metadata.uid) return 'somebody has made it again since';
  const { phase = 'no phase', message = '' } = after.status ?? {};
  return `${phase} ${message}`;
}
