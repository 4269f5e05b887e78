/** The API server that KUBECONFIG names, and a namespace of it for one test file. */
import { KubeClient } from '../kube-client.ts';
import type { KubeObject } from '../kube-object.ts';
import { loadKubeConfig } from '../load-kube-config.ts';

export type TestNamespace = AsyncDisposable & {
  readonly client: KubeClient;
  readonly namespace: string;
};

export async function testNamespace(): Promise<TestNamespace> {
  const client = new KubeClient(loadKubeConfig({ environment: process.env }));
  const namespace = `kube-${crypto.randomUUID().slice(0, 8)}`;
  const object: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await client.create(object);
  return {
    client,
    namespace,
    [Symbol.asyncDispose]: async () => {
      await client.delete(object);
      client.close();
    },
  };
}
