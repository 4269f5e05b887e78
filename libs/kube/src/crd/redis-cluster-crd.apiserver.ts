import { parseManifest } from '@keyfleet/lifecycle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeError } from '../client/kube-error.ts';
import type { RedisCluster } from './redis-cluster.ts';
import { clusterApi, type ClusterApi } from './testing/cluster-api.ts';
import {
  accepted,
  acceptedChanges,
  refusedByRule,
  refusedByShape,
  refusedChanges,
} from './testing/manifest-cases.ts';
import { statusOf } from './testing/status-of.ts';

let api: ClusterApi;
beforeAll(async () => {
  api = await clusterApi();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const strict = { fieldValidation: 'Strict' };
const dryRun = { ...strict, dryRun: 'All' };

const tryToCreate = async (spec: unknown, name?: string): Promise<RedisCluster> =>
  await api.call({ method: 'POST', query: dryRun, body: api.manifest(spec, name) });

async function tryToChange(before: unknown, after: unknown): Promise<RedisCluster> {
  const name = `orders-${crypto.randomUUID().slice(0, 8)}`;
  const body = api.manifest(before, name);
  const { metadata } = await api.call<RedisCluster>({ method: 'POST', query: strict, body });
  const changed = { ...api.manifest(after, name), metadata };
  return await api.call({ method: 'PUT', at: `/${name}`, query: dryRun, body: changed });
}

/** The part of the refusal that tells the mistakes. */
async function whatIsInvalid(call: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await call.catch((refusal: unknown) => refusal);
  return error instanceof KubeError ? error.message.split(' is invalid: ')[1] : 'accepted';
}

const locally = (spec: unknown): unknown =>
  parseManifest({
    apiVersion: 'keyfleet.dev/v1alpha1',
    kind: 'RedisCluster',
    metadata: { name: 'orders' },
    spec,
  }).spec;

describe('the API server judges as parseManifest does, and', () => {
  it.each(accepted)('accepts %s, with the same defaults', async (_what, spec) => {
    const { spec: filledIn } = await tryToCreate(spec);
    expect(filledIn).toEqual(locally(spec));
  });

  it.each(Object.entries(refusedByRule))('sees to it that %s', async (_rule, refused) => {
    const said = await whatIsInvalid(tryToCreate(refused.spec, refused.name));
    expect(said).toBe(refused.kube);
  });

  it.each(refusedByShape)('refuses a %s that %s', async (field, _why, spec) => {
    await expect(tryToCreate(spec)).rejects.toThrow(field);
  });
});

describe('a change of a cluster', () => {
  it.each(refusedChanges)('is refused: $rule', async ({ before, after, kube }) => {
    expect(await whatIsInvalid(tryToChange(before, after))).toBe(kube);
  });

  it.each(acceptedChanges)('is possible: %s', async (_what, before, after) => {
    const { spec } = await tryToChange(before, after);
    expect(spec).toEqual(locally(after));
  });
});

describe('the status', () => {
  it('is its own resource, and has room for 1024 shards', async () => {
    const body = api.manifest({ shards: 1024 }, 'largest');
    await api.call({ method: 'POST', query: strict, body });
    const status = statusOf(1024);
    const applied = await api.call<RedisCluster>({
      method: 'PATCH',
      at: '/largest/status',
      query: { ...strict, fieldManager: 'keyfleet' },
      contentType: 'application/apply-patch+yaml',
      body: { ...api.manifest(undefined, 'largest'), status },
    });
    expect(applied.status).toEqual(status);
    // What etcd takes is 1.5 MB, managed fields included.
    expect(JSON.stringify(applied).length).toBeLessThan(1_000_000);
  });

  it('is what /scale reads', async () => {
    const scale = await api.call({ method: 'GET', at: '/largest/scale' });
    const { selector } = statusOf(1024);
    expect(scale).toMatchObject({ spec: { replicas: 1024 }, status: { replicas: 0, selector } });
  });

  it('is a line of `kubectl get`', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = await api.call<{
      columnDefinitions: { name: string }[];
      rows: { cells: unknown[] }[];
    }>({ method: 'GET', at: '/largest', accept });
    const names = table.columnDefinitions.map(({ name }) => name);
    const cells = table.rows[0]!.cells;
    expect(Object.fromEntries(names.map((name, at) => [name, cells[at]]))).toMatchObject({
      Name: 'largest',
      Phase: 'Degraded',
      Shards: 1024,
      Ready: '0/1024',
      Version: Number.MAX_SAFE_INTEGER,
      Op: 'waitForReplication',
      Engine: 'redis',
      Endpoint: 'orders-proxy.default.svc:7480',
    });
  });
});

it('scaling through /scale is a change as any other', async () => {
  const body = { spec: { replicas: 4 } };
  const contentType = 'application/merge-patch+json';
  await api.call({ method: 'POST', query: strict, body: api.manifest({}, 'scaled') });
  const scaling = api.call({ method: 'PATCH', at: '/scaled/scale', contentType, body });
  await expect(scaling).rejects.toThrow('spec.shards: Forbidden: changing it is not built yet');
});
