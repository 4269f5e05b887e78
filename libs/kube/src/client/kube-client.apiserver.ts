import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from './kube-object.ts';
import { KubeError } from './kube-error.ts';
import { KubeClient } from './kube-client.ts';
import { loadKubeConfig } from './load-kube-config.ts';
import { testNamespace, type TestNamespace } from './testing/api-server.ts';

type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> };
type Deployment = KubeObject & { readonly status?: { readonly conditions?: unknown[] } };

let test: TestNamespace;
beforeAll(async () => {
  test = await testNamespace();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

function configMap(name: string, data: Record<string, string> = {}, labels = {}): ConfigMap {
  const metadata = { name, namespace: test.namespace, labels };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}

describe('apply', () => {
  it('creates, changes, and takes away what is no longer given', async () => {
    const { client } = test;
    const created = await client.apply(configMap('applied', { a: '1', b: '2' }));
    expect(created.metadata.uid).toBeDefined();
    const changed = await client.apply(configMap('applied', { a: '3' }));
    expect(changed.data).toEqual({ a: '3' });
    expect(await client.get(configMap('applied'))).toEqual(changed);
  });

  it('leaves what others own', async () => {
    const { client } = test;
    await client.apply(configMap('shared', { a: '1' }));
    await client.merge(configMap('shared'), { metadata: { annotations: { theirs: 'x' } } });
    const applied = await client.apply(configMap('shared', { a: '2' }));
    expect(applied.metadata.annotations).toEqual({ theirs: 'x' });
  });

  it('does not show who set which field', async () => {
    const applied = await test.client.apply(configMap('lean'));
    expect(applied.metadata).not.toHaveProperty('managedFields');
  });

  it('says what is wrong with the object', async () => {
    const wrong = { ...configMap('wrong'), data: { 'not a key': '1' } };
    await expect(test.client.apply(wrong)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(
        /^Cannot apply ConfigMap kube-\w+\/wrong: the API server answers 422 Invalid: .+not a key/,
      ) as string,
    });
  });

  it('of a status changes the status of that object and of no other', async () => {
    const { client, namespace } = test;
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'with-status', namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'x' } },
        template: {
          metadata: { labels: { app: 'x' } },
          spec: { containers: [{ name: 'x', image: 'x' }] },
        },
      },
    };
    const { metadata, apiVersion, kind } = await client.apply(deployment);
    const status = { conditions: [{ type: 'Seen', status: 'True' }] };
    await client.applyStatus({ apiVersion, kind, metadata, status });
    const read = await client.get<Deployment>(deployment);
    expect(read!.status!.conditions).toContainEqual(expect.objectContaining({ type: 'Seen' }));

    const other = { ...metadata, uid: crypto.randomUUID() };
    const call = client.applyStatus({ apiVersion, kind, metadata: other, status });
    await expect(call).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('create', () => {
  it('is refused when the object is there', async () => {
    await test.client.create(configMap('once'));
    const second = test.client.create(configMap('once'));
    await expect(second).rejects.toMatchObject({ code: 'ALREADY_EXISTS', status: 409 });
  });
});

describe('replace and setFinalizers', () => {
  it('are refused when the object has changed since', async () => {
    const { client } = test;
    const read = await client.create(configMap('locked', { a: '1' }));
    await client.apply(configMap('locked', { a: '2' }));
    await expect(client.replace(read)).rejects.toMatchObject({ code: 'CONFLICT' });
    const finalizers = client.setFinalizers(read, ['keyfleet.dev/cleanup']);
    await expect(finalizers).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('hold an object and let it go', async () => {
    const { client } = test;
    const held = await client.setFinalizers(await client.create(configMap('held')), ['a.b/c']);
    await client.delete(held);
    const ending = await client.get(held);
    expect(ending!.metadata.deletionTimestamp).toBeDefined();
    await client.setFinalizers(ending!, []);
    expect(await client.get(held)).toBeUndefined();
  });
});

describe('delete', () => {
  it('deletes, and does not mind when there is nothing', async () => {
    const { client } = test;
    const object = await client.create(configMap('deleted'));
    await client.delete(object, { propagation: 'Background' });
    await client.delete(object);
    await client.delete(configMap('never-was'));
    expect(await client.get(object)).toBeUndefined();
  });

  it('spares another object of the same name', async () => {
    const { client } = test;
    await client.create(configMap('twin'));
    const wrong = client.delete(configMap('twin'), { uid: crypto.randomUUID() });
    await expect(wrong).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await client.get(configMap('twin'))).toBeDefined();
  });
});

describe('list', () => {
  it('gives all pages, chosen by label, with their kind', async () => {
    const { client, namespace } = test;
    const many = Array.from({ length: 520 }, (_, at) =>
      configMap(`many-${at}`, {}, { of: 'many' }),
    );
    for (let at = 0; at < many.length; at += 20) {
      await Promise.all(many.slice(at, at + 20).map((each) => client.create(each)));
    }
    const listed = await client.list(configMap('any'), { namespace, labelSelector: 'of=many' });
    expect(listed).toHaveLength(many.length);
    expect(new Set(listed.map(({ metadata }) => metadata.name)).size).toBe(many.length);
    expect(listed[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  it('gives metadata alone when nothing else is wanted', async () => {
    const { client, namespace } = test;
    await client.create(configMap('big', { a: 'x'.repeat(1000) }, { of: 'metadata' }));
    const selection = { namespace, labelSelector: 'of=metadata', metadataOnly: true };
    const [found] = await client.list<ConfigMap>(configMap('any'), selection);
    expect(found).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' } });
    expect(found!.data).toBeUndefined();
  });
});

describe('a kind', () => {
  const apiVersion = 'kube-client.keyfleet.test/v1';
  const crd = (suffix: string) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things${suffix}.kube-client.keyfleet.test` },
    spec: {
      group: 'kube-client.keyfleet.test',
      scope: 'Namespaced',
      names: { plural: `things${suffix}`, singular: `thing${suffix}`, kind: `Thing${suffix}` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      ],
    },
  });

  it('that is installed later is found later', async () => {
    const { client, namespace } = test;
    const suffix = crypto.randomUUID().slice(0, 8);
    const thing = { apiVersion, kind: `Thing${suffix}`, metadata: { name: 'one', namespace } };
    const missing = { code: 'NOT_FOUND', reason: 'NoSuchKind' };
    await expect(client.get(thing)).rejects.toMatchObject(missing);
    await expect(client.delete(thing)).rejects.toMatchObject(missing);

    await client.apply(crd(suffix));
    try {
      await expect.poll(async () => client.apply(thing).catch(() => undefined)).toBeDefined();
      expect(await client.get(thing)).toMatchObject(thing);
    } finally {
      await client.delete(crd(suffix));
    }
  });
});

describe('a call', () => {
  it('that its caller ends rejects with the reason', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(test.client.get(configMap('x'), { signal })).rejects.toBe(reason);
  });

  it('that is not allowed says so', async () => {
    const config = loadKubeConfig({ environment: process.env });
    config.users = config.users.map((user) => ({ ...user, impersonateUser: 'nobody' }));
    const client = new KubeClient(config);
    const call = client.get(configMap('x'));
    await expect(call).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(call).rejects.toBeInstanceOf(KubeError);
    client.close();
  });
});
