/**
 * RedisClusters on the API server that KUBECONFIG names, under an API group of their own: no operator acts on them,
 * and the definition that others use stays as it is.
 */
import { vi } from 'vitest';
import type { KubeObject } from '../../client/kube-object.ts';
import { testNamespace } from '../../client/testing/api-server.ts';
import { Transport, type Query, type Request } from '../../client/transport.ts';
import { redisClusterCrd } from '../redis-cluster-crd.ts';
import type { RedisCluster } from '../redis-cluster.ts';

type Call = Pick<Request, 'method' | 'body' | 'accept' | 'contentType'> & {
  /** After the path of the collection. */
  readonly at?: string;
  readonly query?: Query;
};

export type ClusterApi = AsyncDisposable & {
  /** The parsed body; what is refused is thrown. */
  readonly call: <T>(call: Call) => Promise<T>;
  readonly manifest: (spec: unknown, name?: string) => RedisCluster;
};

export async function clusterApi(): Promise<ClusterApi> {
  await using stack = new AsyncDisposableStack();
  const { client, namespace } = stack.use(await testNamespace());
  const group = `${namespace}.keyfleet.dev`;
  const apiVersion = `${group}/v1alpha1`;

  const definition = definitionIn(group);
  await client.create(definition);
  stack.defer(async () => await client.delete(definition));

  const transport = new Transport(client.config, 'keyfleet-test');
  stack.defer(() => transport.close());
  const collection = `/apis/${apiVersion}/namespaces/${namespace}/redisclusters`;
  const call: ClusterApi['call'] = async <T>({ at = '', ...request }: Call) => {
    const path = collection + at;
    return (await transport.send({ tried: 'try', path, ...request }, { timeoutMs: 10_000 })) as T;
  };
  // The API server serves a new kind a moment after it has taken its definition.
  await vi.waitFor(async () => await call({ method: 'GET' }), { timeout: 30_000 });

  const owned = stack.move();
  return {
    call,
    manifest: (spec, name = 'orders') => {
      const head = { apiVersion, kind: 'RedisCluster', metadata: { name } };
      return (spec === undefined ? head : { ...head, spec }) as RedisCluster;
    },
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  };
}

function definitionIn(group: string): KubeObject {
  const { spec, ...crd } = redisClusterCrd();
  const definition = {
    ...crd,
    metadata: { name: `redisclusters.${group}` },
    spec: { ...spec, group },
  };
  return definition;
}
