import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import {
  errorCodes,
  routes,
  type AnyRoute,
  type ApiClient,
  type SessionRenewal,
} from '@keyfleet/api';
import { temporaryDirectory } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { startConfig } from '../testing/start-config.ts';

type Answer = { status: number; body: Record<string, unknown> };

let url = '';
let client: ApiClient;
const started = new AsyncDisposableStack();

beforeAll(async () => {
  const directory = started.use(await temporaryDirectory());
  ({ url, client } = started.use(await startConfig(join(directory.path, 'store.db'))));
});
afterAll(() => started.disposeAsync());

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const place = (shard: string, ordinal: number, port = 7000) => ({
  shard,
  ordinal,
  host: '127.0.81.200',
  port,
});

describe('clusters', () => {
  it('are created once: the same spec again changes nothing', async () => {
    const spec = { shards: 2, replicasPerShard: 0 };
    expect(await ask('PUT', '/v1/clusters/a', { spec })).toMatchObject({
      status: 200,
      body: { generation: 1 },
    });
    expect(await ask('PUT', '/v1/clusters/a', { spec })).toMatchObject({ body: { generation: 1 } });
    const limited = { ...spec, maxMemory: '64Mi' };
    expect(await ask('PUT', '/v1/clusters/a', { spec: limited })).toMatchObject({
      body: { generation: 2 },
    });
  });

  it('refuse, with all names, what is not built yet', async () => {
    const spec = { durability: { mode: 'quorum' }, failover: {} };
    expect(await ask('PUT', '/v1/clusters/b', { spec })).toMatchObject({
      status: 422,
      body: { code: 'NOT_BUILT', details: { length: 2 } },
    });
    const rebuilt = { shards: 3, replicasPerShard: 1, persistence: { mode: 'none' } };
    expect(await ask('PUT', '/v1/clusters/a', { spec: rebuilt })).toMatchObject({
      status: 409,
      body: {
        code: 'NOT_BUILT',
        details: [
          'spec.shards  changing 2 to 3 is not built yet',
          'spec.replicasPerShard  changing 0 to 1 is not built yet',
          'spec.persistence.mode  changing aof to none is not built yet',
        ],
      },
    });
  });

  it('say what they lack', async () => {
    const { clusters } = await client.call(routes.listClusters, { params: {} });
    expect(clusters).toMatchObject([
      {
        name: 'a',
        phase: 'Creating',
        topologyVersion: 0,
        proxies: [],
        shards: [
          { id: 'shard-0', slots: '0-8191', epoch: 0, primary: null, replicas: [] },
          { id: 'shard-1', slots: '8192-16383' },
        ],
      },
    ]);
    const one = await client.call(routes.getCluster, { params: { cluster: 'a' } });
    expect(one).toMatchObject({ generation: 2, credentialsId: null, operation: null });
    expect(one.shards[0]!.because).toBe('0 of 2 nodes are registered');
    const shard = { cluster: 'a', shard: 'shard-1' };
    expect(await client.call(routes.getShard, { params: shard })).toEqual(one.shards[1]);
  });
});

describe('nodes', () => {
  it('are registered, move, and are listed', async () => {
    expect(await ask('PUT', '/v1/clusters/a/nodes/n1', place('shard-1', 0, 7001))).toEqual({
      status: 200,
      body: { id: 'n1', ...place('shard-1', 0, 7001) },
    });
    await ask('PUT', '/v1/clusters/a/nodes/n1', place('shard-1', 0, 7005));
    const { nodes } = await client.call(routes.listNodes, { params: { cluster: 'a' } });
    expect(nodes).toEqual([{ id: 'n1', ...place('shard-1', 0, 7005) }]);
    const node = { cluster: 'a', node: 'n1' };
    expect(await client.call(routes.getNode, { params: node })).toEqual({
      id: 'n1',
      ...place('shard-1', 0, 7005),
      address: '127.0.81.200:7005',
      state: 'unreachable',
      pid: null,
      lagBytes: null,
    });
    expect(await ask('GET', '/v1/clusters/a/nodes/n9')).toMatchObject({
      status: 404,
      body: { code: 'NODE_UNKNOWN' },
    });
  });

  it.each<[string, string, object, string[]]>([
    ['a shard that the spec has not', 'n2', place('shard-2', 0), ['shard']],
    ['a name that is not a shard', 'n2', place('blue', 0), ['shard']],
    ['one ordinal too many', 'n2', place('shard-0', 1), ['ordinal']],
    ['both at once', 'n2', place('shard-9', 7), ['shard', 'ordinal']],
    ['a place that is taken', 'n2', place('shard-1', 0), ['ordinal']],
    ['another place for the same id', 'n1', place('shard-0', 0), ['id']],
  ])('are refused: %s', async (_name, id, body, wrong) => {
    const answer = await ask('PUT', `/v1/clusters/a/nodes/${id}`, body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'NODE_MISPLACED' } });
    const mistakes = answer.body['details'] as string[];
    expect(mistakes.map((line) => line.split(' ')[0])).toEqual(wrong);
  });

  it('need their cluster', async () => {
    expect(await ask('PUT', '/v1/clusters/none/nodes/n', place('shard-0', 0))).toMatchObject({
      status: 404,
      body: { code: 'CLUSTER_UNKNOWN' },
    });
  });
});

describe('requests', () => {
  it('are told all their mistakes at once', async () => {
    const body = { shard: 'Shard', ordinal: -1, host: '', port: 70_000 };
    const answer = await ask('PUT', '/v1/clusters/A/nodes/n', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    expect(answer.body['details']).toEqual([
      'params.cluster  want a cluster name, or namespace.name, got "A"',
      'body.shard  want a DNS label: lower-case letters, digits, hyphens, got "Shard"',
      'body.ordinal  want an integer from 0 to 1000, got -1',
      'body.host  want a text of 1 to 253 characters, got ""',
      'body.port  want an integer from 1 to 65535, got 70000',
    ]);
  });

  it('are told what a query wants and got', async () => {
    const answer = await ask('GET', '/v1/clusters/a/events?after=x&limit=1.5');
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'BAD_REQUEST',
        details: [
          'query.after  want an integer of at least 0, got "x"',
          'query.limit  want an integer from 1 to 1000, got "1.5"',
        ],
      },
    });
  });

  it.each<[string, 'GET' | 'PUT', object]>([
    ['an unknown path', 'GET', { code: 'NOT_FOUND', status: 404 }],
    ['a body that is not JSON', 'PUT', { code: 'BAD_REQUEST', status: 400 }],
  ])('are refused with a code of ours: %s', async (_name, method, wanted) => {
    const init =
      method === 'PUT' ? { body: '{', headers: { 'content-type': 'application/json' } } : {};
    const response = await fetch(`${url}/v1/clusters/x${method === 'GET' ? '/no' : ''}`, {
      method,
      ...init,
    });
    const { code } = (await response.json()) as { code: string };
    expect({ code, status: response.status }).toEqual(wanted);
  });

  it('are refused when they are too large', async () => {
    const answer = await ask('PUT', '/v1/clusters/x', { spec: 'x'.repeat(1 << 20) });
    expect(answer).toMatchObject({ status: 413, body: { code: 'TOO_LARGE' } });
  });
});

describe('sessions', () => {
  const proxy = {
    id: 'p',
    host: '127.0.0.1',
    port: 7480,
    adminUrl: 'http://127.0.0.1:9901',
    pid: 1,
  };

  it('are opened, renewed, listed, closed, and then unknown', async () => {
    const params = { cluster: 'a' };
    const grant = await client.call(routes.openSession, { params, body: { proxy } });
    expect(grant).toMatchObject({ leaseMs: 3000, version: 0 });
    const session = { ...params, session: grant.session };
    const body: SessionRenewal = { appliedVersion: 0, health: 'serving', errors: [] };
    expect(await client.call(routes.renewSession, { params: session, body })).toEqual(grant);
    const { sessions } = await client.call(routes.listSessions, { params });
    expect(sessions).toMatchObject([{ session: grant.session, proxy, health: 'serving' }]);
    expect(await client.call(routes.getSession, { params: session })).toEqual(sessions[0]);
    await client.call(routes.closeSession, { params: session });
    expect(await ask('GET', `/v1/clusters/a/sessions/${grant.session}`)).toMatchObject({
      status: 404,
      body: { code: 'SESSION_UNKNOWN' },
    });
    await expect(client.call(routes.renewSession, { params: session, body })).rejects.toMatchObject(
      {
        status: 410,
        code: 'SESSION_ENDED',
      },
    );
    const { events } = await client.call(routes.listEvents, { params });
    expect(events.map(({ type }) => type)).toEqual([
      'clusterCreated',
      'specChanged',
      'nodeRegistered',
      'nodeMoved',
      'sessionOpened',
      'sessionClosed',
    ]);
    const later = await client.call(routes.listEvents, { params, query: { after: 4, limit: 1 } });
    expect(later.events).toMatchObject([{ seq: 5, type: 'sessionOpened' }]);
  });
});

describe('the rest', () => {
  it('keeps what the platform is doing', async () => {
    const params = { cluster: 'a' };
    const operation = {
      type: 'Create' as const,
      step: 's',
      because: 'b',
      sinceMs: 1,
      done: false,
      blockedBy: null,
      lastError: null,
    };
    await client.call(routes.putOperation, { params, body: operation });
    expect(await client.call(routes.getOperation, { params })).toEqual({ operation });
  });

  it('answers a poll with nothing when nothing is published', async () => {
    const params = { cluster: 'a' };
    const query = { after: 0, waitMs: 0 };
    const answer = { version: 0, topology: null };
    expect(await client.call(routes.getTopology, { params })).toEqual(answer);
    expect(await client.call(routes.getTopology, { params, query })).toEqual(answer);
  });

  it('ends a long poll when the client hangs up', async () => {
    const poll = httpRequest(`${url}/v1/clusters/a/topology?after=0`).on('error', () => undefined);
    poll.end();
    await once(poll, 'socket');
    poll.destroy();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('describes every route in OpenAPI', async () => {
    const { body } = await ask('GET', '/openapi.json');
    const paths = body['paths'] as Record<string, Record<string, { operationId: string }>>;
    for (const [name, route] of Object.entries<AnyRoute>(routes)) {
      expect(paths[route.path]![route.method.toLowerCase()]!.operationId).toBe(name);
    }
    const { schemas } = body['components'] as { schemas: { Error: z.core.JSONSchema.JSONSchema } };
    expect(schemas.Error.properties!['code']).toMatchObject({
      oneOf: expect.arrayContaining([
        { const: 'BAD_REQUEST', description: errorCodes.BAD_REQUEST },
      ]) as unknown,
    });
    expect(paths['/v1/clusters/{cluster}/topology']!['get']).toMatchObject({
      parameters: [
        { name: 'cluster', in: 'path', required: true },
        { name: 'after', in: 'query', required: false },
        { name: 'waitMs', in: 'query', required: false },
      ],
    });
    expect(paths['/v1/clusters/{cluster}']!['put']).toHaveProperty([
      'requestBody',
      'content',
      'application/json',
      'schema',
      'properties',
      'spec',
      'properties',
      'shards',
    ]);
  });

  it('counts', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('\nkeyfleet_configserver_leads 1\n');
    expect(text).toContain('keyfleet_topology_version{cluster="a"} 0');
    expect(text).toContain('\nkeyfleet_leader_terms_total 1\n');
    expect(text).toContain('keyfleet_nodes{cluster="a",state="unreachable"} 1');
    expect(text).toContain('keyfleet_readable_replicas{cluster="a"} 0');
    expect(text).toContain('keyfleet_sessions{cluster="a"} 0');
    expect(text).toContain('keyfleet_sessions_opened_total{cluster="a"} 1');
    expect(text).toContain('keyfleet_sessions_ended_total{cluster="a",how="closed"} 1');
    const asked = 'method="PUT",route="/v1/clusters/{cluster}",status="422"';
    expect(text).toContain(`keyfleet_api_requests_total{${asked}} 1`);
  });
});
