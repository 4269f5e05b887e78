import { ClusterSpec } from '@keyfleet/lifecycle';
import { describe, expect, it } from 'vitest';
import { ApiClient, HttpControlPlane } from './index.ts';

type Asked = { method: string; path: string; body: unknown };
const { signal } = new AbortController();
const spec = ClusterSpec.parse({ shards: 1 });

/** A configserver that answers by method and path; what it does not know is refused with 404. */
function planeOf(answers: Record<string, [status: number, body: unknown]>, asked: Asked[] = []) {
  const client = new ApiClient(['http://a:1'], (input, init) => {
    const path = new URL(input as string).pathname;
    const body: unknown = init!.body === undefined ? undefined : JSON.parse(init!.body as string);
    asked.push({ method: init!.method!, path, body });
    const [status, answer] = answers[`${init!.method!} ${path}`] ?? [404, unknownCluster];
    return Promise.resolve(new Response(JSON.stringify(answer), { status }));
  });
  return new HttpControlPlane(client, 'team-a.orders');
}

const unknownCluster = { code: 'CLUSTER_UNKNOWN', message: 'There is no cluster team-a.orders' };
const at = '/v1/clusters/team-a.orders';
const node = { id: 'shard-0-0', address: 'h:1', pid: 1, state: 'primary', lagBytes: 0 };
const shard = {
  id: 'shard-0',
  slots: '0-16383',
  epoch: 1,
  primary: node,
  replicas: [],
  because: null,
};
const detail = {
  name: 'team-a.orders',
  phase: 'Retired',
  topologyVersion: 7,
  shards: [shard],
  proxies: [{ id: 'p', address: 'h:2', pid: 1, topologyVersion: 6 }],
  spec,
  generation: 1,
  credentialsId: 'abc',
  operation: null,
};
const registered = { id: 'shard-0-0', shard: 'shard-0', ordinal: 0, host: 'h', port: 1 };

describe('the control plane over HTTP', () => {
  it('says what is recorded', async () => {
    const plane = planeOf({
      [`GET ${at}`]: [200, detail],
      [`GET ${at}/nodes`]: [200, { nodes: [registered] }],
    });
    expect(await plane.observe(signal)).toEqual({
      state: 'recorded',
      spec,
      credentialsId: 'abc',
      phase: 'Retired',
      topologyVersion: 7,
      shards: [shard],
      nodes: new Map([['shard-0-0', { host: 'h', port: 1 }]]),
      appliedVersions: [6],
    });
  });

  it.each<[string, Parameters<typeof planeOf>[0], object]>([
    ['unknown', {}, { state: 'unknown' }],
    [
      'unreachable, with the reason',
      { [`GET ${at}`]: [503, { code: 'NO_LEADER', message: 'No configserver leads' }] },
      { state: 'unreachable', because: 'No configserver leads' },
    ],
  ])('says that the cluster is %s', async (_name, answers, view) => {
    expect(await planeOf(answers).observe(signal)).toEqual(view);
  });

  it('records the spec, with a secret or with nothing that would take one away', async () => {
    const asked: Asked[] = [];
    const plane = planeOf({ [`PUT ${at}`]: [200, { generation: 1 }] }, asked);
    await plane.recordCluster(spec, 'the secret', signal);
    await plane.recordCluster(spec, null, signal);
    const put = { method: 'PUT', path: at };
    expect(asked).toEqual([
      { ...put, body: { spec, secret: 'the secret' } },
      { ...put, body: { spec } },
    ]);
  });

  it('registers a node under its id', async () => {
    const asked: Asked[] = [];
    const path = `${at}/nodes/shard-0-0`;
    const plane = planeOf({ [`PUT ${path}`]: [200, registered] }, asked);
    const { id, ...place } = registered;
    await plane.registerNode({ id, shard: 'shard-0', ordinal: 0 }, { host: 'h', port: 1 }, signal);
    expect(asked).toEqual([{ method: 'PUT', path, body: place }]);
  });

  it('retires a cluster', async () => {
    const asked: Asked[] = [];
    await planeOf({ [`POST ${at}/retire`]: [200, {}] }, asked).retireCluster(signal);
    expect(asked).toHaveLength(1);
  });

  it('forgets a cluster, and is content when it is forgotten', async () => {
    const asked: Asked[] = [];
    await planeOf({ [`DELETE ${at}`]: [200, {}] }, asked).forgetCluster(signal);
    expect(asked).toHaveLength(1);
    await planeOf({}).forgetCluster(signal);
  });

  it('does not take another refusal for success', async () => {
    const refusal = { code: 'NOT_RETIRED', message: 'Cannot forget' };
    const forgetting = planeOf({ [`DELETE ${at}`]: [409, refusal] }).forgetCluster(signal);
    await expect(forgetting).rejects.toMatchObject({ code: 'NOT_RETIRED' });
    await expect(planeOf({}).retireCluster(signal)).rejects.toMatchObject({ status: 404 });
  });
});
