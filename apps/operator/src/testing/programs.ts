/** Our programs as processes, as their images run them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeAddress, ServerProcess } from '@keyfleet/testkit';

const APPS = join(import.meta.dirname, '../../..');
const NODE_FLAGS = ['--max-semi-space-size=2'];

const mainOf = (app: string): string[] => [...NODE_FLAGS, join(APPS, app, 'src/main.ts')];

const images = { proxy: 'keyfleet/proxy:test', redis: 'redis:test' };

/** What these images run by themselves. */
export function entrypointOf(image: string): readonly string[] {
  return image === images.proxy ? [process.execPath, ...mainOf('proxy')] : [];
}

export async function startConfigserver(folder: string): Promise<ServerProcess> {
  const address = await freeAddress();
  const { host, port } = address;
  const store = ['--store', join(folder, 'store.db')];
  // On a busy machine no proxy would keep a short one, and none would be ready.
  const lease = ['--proxy-lease-ms', '30000'];
  return ServerProcess.start({
    command: process.execPath,
    aptPackage: 'nodejs',
    args: [
      ...mainOf('configserver'),
      '--bind',
      host,
      '--api-port',
      String(port),
      ...store,
      ...lease,
    ],
    address,
    isReady: async () => (await fetch(`http://${host}:${port}/readyz`)).ok,
  });
}

export type OperatorPlace = {
  /** Where it reaches the API server, without credentials. */
  readonly apiUrl: string;
  readonly configserverUrl: string;
  /** Of its Lease. */
  readonly namespace: string;
  readonly folder: string;
  readonly identity: string;
  readonly deleteDeadlineSeconds: number;
};

/** Returns when it runs, which is before it leads, or has done anything. */
export async function startOperator(place: OperatorPlace): Promise<ServerProcess> {
  const address = await freeAddress();
  const kubeconfig = join(place.folder, `kubeconfig-${address.port}`);
  await writeFile(kubeconfig, kubeconfigOf(place.apiUrl));
  const flags = {
    configserver: place.configserverUrl,
    'proxy-image': images.proxy,
    'redis-image': images.redis,
    namespace: place.namespace,
    identity: place.identity,
    kubeconfig,
    bind: address.host,
    'metrics-port': String(address.port),
    'delete-deadline-seconds': String(place.deleteDeadlineSeconds),
  };
  return ServerProcess.start({
    command: process.execPath,
    aptPackage: 'nodejs',
    args: [
      ...mainOf('operator'),
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    address,
    isReady: () => Promise.resolve(true),
  });
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    // Without TLS: the library wants to be told that nobody is verified then.
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}
