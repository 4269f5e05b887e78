/** The kubelet that we play must be right before what runs under it can be wrong. */
import { execFileSync } from 'node:child_process';
import type { V1PodStatus } from '@kubernetes/client-node';
import { KubeClient, loadKubeConfig, type KubeObject } from '@keyfleet/kube';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { FakeKubelet } from './fake-kubelet.ts';
import type { Pod } from './local-pod.ts';

type StatefulSet = KubeObject & { readonly status?: { readonly readyReplicas?: number } };
type RunningPod = Pod & { readonly status: V1PodStatus };

const password = 'sesame';
const labels = { app: 'store' };

function objectsIn(namespace: string): KubeObject[] {
  const metadata = { name: 'store', namespace };
  const conf = [
    'bind * -::*',
    'dir "/data"',
    'appendonly yes',
    'include /etc/secret/credentials.conf',
  ];
  return [
    {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata },
      ...{ data: { 'store.conf': conf.join('\n') } },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata },
      ...{ stringData: { 'credentials.conf': `requirepass ${password}` } },
    },
    {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata },
      ...{
        spec: {
          ...{ serviceName: 'store', replicas: 2, selector: { matchLabels: labels } },
          template: {
            metadata: { labels },
            spec: {
              nodeSelector: { 'keyfleet.dev/test': 'nowhere' },
              containers: [
                {
                  ...{ name: 'server', image: 'redis:8.0', ports: [{ containerPort: 6379 }] },
                  command: ['redis-server', '/etc/store/store.conf'],
                  args: ['--replica-announce-ip', '$(POD_IP)'],
                  env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
                  volumeMounts: [
                    { name: 'data', mountPath: '/data' },
                    { name: 'config', mountPath: '/etc/store' },
                    { name: 'secret', mountPath: '/etc/secret' },
                  ],
                },
              ],
              volumes: [
                { name: 'config', configMap: { name: 'store' } },
                { name: 'secret', secret: { secretName: 'store' } },
              ],
            },
          },
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: {
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: '1Mi' } },
              },
            },
          ],
        },
      },
    },
  ];
}

it('runs the pods of a StatefulSet, and again after their deletion, with their data', async () => {
  const client = new KubeClient(loadKubeConfig({ environment: process.env }));
  const namespace = `kubelet-${crypto.randomUUID().slice(0, 8)}`;
  const place: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await using folder = await temporaryDirectory();
  const entrypointOf = () => [];
  await client.create(place);
  const kubelet = new FakeKubelet({ client, namespace, folder: folder.path, entrypointOf });
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'store-1', namespace } };
  const [, , set] = objectsIn(namespace) as [KubeObject, KubeObject, KubeObject];
  const call = async (...words: string[]): Promise<string> => {
    const { status } = (await client.get<RunningPod>(pod))!;
    const args = ['-h', status.podIP!, '-a', password, '--no-auth-warning', ...words];
    return execFileSync('redis-cli', args, { encoding: 'utf8' }).trim();
  };
  const readyUid = async (): Promise<string | undefined> => {
    const found = await client.get<RunningPod>(pod);
    const isReady = found?.status.conditions?.some(
      (one) => one.type === 'Ready' && one.status === 'True',
    );
    return isReady === true ? found?.metadata.uid : undefined;
  };
  const patience = { timeout: 30_000 };
  try {
    for (const object of objectsIn(namespace)) await client.create(object);
    await expect.poll(readyUid, patience).toBeDefined();
    expect(await call('SET', 'k', 'v')).toBe('OK');
    const [uid, address] = [await readyUid(), await call('CONFIG', 'GET', 'replica-announce-ip')];
    await client.delete(pod);
    await expect.poll(readyUid, patience).not.toSatisfy((now) => now === undefined || now === uid);
    expect(await call('GET', 'k')).toBe('v');
    expect(await call('CONFIG', 'GET', 'replica-announce-ip')).not.toBe(address);
    const ready = async () => (await client.get<StatefulSet>(set))?.status?.readyReplicas;
    await expect.poll(ready, patience).toBe(2);
  } finally {
    await client.delete(place);
    await kubelet[Symbol.asyncDispose]();
    client.close();
  }
});
