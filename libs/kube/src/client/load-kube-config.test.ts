import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@keyfleet/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKubeConfig, namespaceOf, type KubeConfigOptions } from './load-kube-config.ts';

let directory: TemporaryDirectory;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await directory[Symbol.asyncDispose]();
});

/** A kubeconfig with a context, a cluster and a user of each name; the first is the current context. */
function configOf(server: string, ...names: string[]): string {
  const entries = (field: string, value: (name: string) => object) =>
    names.map((name) => ({ name, [field]: value(name) }));
  return JSON.stringify({
    'current-context': names[0],
    contexts: entries('context', (name) => ({
      cluster: name,
      user: name,
      namespace: `of-${name}`,
    })),
    clusters: entries('cluster', (name) => ({ server: `https://${server}.${name}` })),
    users: entries('user', (name) => ({ token: name })),
  });
}

async function file(name: string, text: string): Promise<string> {
  const path = join(directory.path, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

function load(options: Partial<KubeConfigOptions>) {
  const environment = { HOME: directory.path, ...options.environment };
  const serviceAccountFolder = join(directory.path, 'account');
  const config = loadKubeConfig({ serviceAccountFolder, ...options, environment });
  return { server: config.getCurrentCluster()!.server, namespace: namespaceOf(config), config };
}

const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };

describe('loadKubeConfig', () => {
  it('prefers the flag, then KUBECONFIG, then the pod, then the home', async () => {
    const kubeconfig = await file('flag', configOf('flag', 'x'));
    const KUBECONFIG = await file('variable', configOf('variable', 'x'));
    await file('.kube/config', configOf('home', 'x'));
    await file('account/token', 'secret');
    await file('account/namespace', 'keyfleet-system\n');
    const environment = { ...inPod, KUBECONFIG };
    expect(load({ kubeconfig, environment }).server).toBe('https://flag.x');
    expect(load({ environment }).server).toBe('https://variable.x');
    const pod = { server: 'https://10.96.0.1:443', namespace: 'keyfleet-system' };
    expect(load({ environment: inPod })).toMatchObject(pod);
    expect(load({})).toMatchObject({ server: 'https://home.x', namespace: 'of-x' });
  });

  it('takes a context out of the home, also in a pod', async () => {
    await file('.kube/config', configOf('home', 'x', 'y'));
    await file('account/token', 'secret');
    expect(load({ environment: inPod, context: 'y' }).server).toBe('https://home.y');
  });

  it('reads the token of the pod and trusts its authority', async () => {
    await file('account/token', 'secret');
    await file('account/ca.crt', 'the authority');
    const { config } = load({ environment: inPod });
    const options: { headers?: object; ca?: unknown } = {};
    await config.applyToHTTPSOptions(options);
    expect(options.headers).toEqual({ Authorization: 'Bearer secret' });
    expect(String(options.ca)).toBe('the authority');
  });

  it('writes the address of a pod with IPv6 as URLs have it', async () => {
    await file('account/token', 'secret');
    const environment = { ...inPod, KUBERNETES_SERVICE_HOST: 'fd00::1' };
    expect(load({ environment }).server).toBe('https://[fd00::1]:443');
  });

  it('merges several files as kubectl does: the first that names a thing wins', async () => {
    const first = await file('first', configOf('first', 'x'));
    const second = await file('second', configOf('second', 'y', 'x'));
    const missing = join(directory.path, 'missing');
    const environment = { KUBECONFIG: [missing, first, '', second].join(delimiter) };
    expect(load({ environment }).server).toBe('https://first.x');
    expect(load({ environment, context: 'y' }).server).toBe('https://second.y');
  });

  it.each<[string, string, Partial<KubeConfigOptions>, string]>([
    ['another context is wanted', configOf('s', 'x', 'y'), { context: 'z' }, 'no context z'],
    ['no context is current', '{"contexts": [], "clusters": [], "users": []}', {}, 'no current'],
    ['it is empty', '', {}, 'Cannot read kubeconfig'],
    ['it is no YAML', '{{', {}, 'Cannot read kubeconfig'],
    [
      'its context has no cluster',
      '{"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "y", "user": "z"}}], "clusters": [], "users": []}',
      {},
      'context x names no cluster',
    ],
  ])('refuses a file when %s', async (_name, text, options, want) => {
    const kubeconfig = await file('config', text);
    expect(() => load({ ...options, kubeconfig })).toThrow(
      expect.objectContaining({
        code: 'INVALID_KUBECONFIG',
        message: expect.stringContaining(want) as string,
      }),
    );
  });

  it.each<[string, Partial<KubeConfigOptions>]>([
    ['nowhere', {}],
    ['not in the pod without its host', { environment: { HOME: '' } }],
    ['not where the flag says', { kubeconfig: '/no/such/file' }],
    ['not where KUBECONFIG says', { environment: { KUBECONFIG: '/no/such/file' } }],
  ])('says that there is none: %s', (_name, options) => {
    expect(() => load(options)).toThrow(expect.objectContaining({ code: 'NO_KUBECONFIG' }));
  });
});
