import { describe, expect, it } from 'vitest';
import { ApiClient, ApiError, ApiUnreachable, routes } from './index.ts';

type Asked = { url: string; method: string; body: unknown };

/** A `fetch` that answers by address, and remembers what it was asked. */
function fetchOf(
  answers: Record<string, () => Response | Error>,
  asked: Asked[] = [],
): typeof fetch {
  return (input, init) => {
    const url = input as string;
    asked.push({
      url,
      method: init!.method!,
      body: typeof init!.body === 'string' ? JSON.parse(init!.body) : undefined,
    });
    const answer = answers[new URL(url).origin]!();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

const json = (status: number, value: unknown) => () =>
  new Response(JSON.stringify(value), { status });
const refused = () =>
  Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
const broken = () =>
  Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } });
const [a, b] = ['http://a:1', 'http://b:2'];
const grant = { session: 's', leaseMs: 3000, version: 4 };
const renewal = { appliedVersion: 4, health: 'serving' as const, errors: [] };

describe('ApiClient', () => {
  it('fills in path, query and body', async () => {
    const asked: Asked[] = [];
    const client = new ApiClient(
      [a],
      fetchOf({ [a]: json(200, { version: 3, topology: null }) }, asked),
    );
    await client.call(routes.getTopology, {
      params: { cluster: 'c1' },
      query: { after: 3, waitMs: 10 },
    });
    expect(asked).toEqual([
      { url: `${a}/v1/clusters/c1/topology?after=3&waitMs=10`, method: 'GET', body: undefined },
    ]);
  });

  it('turns an error answer into an ApiError with its code', async () => {
    const client = new ApiClient(
      [a],
      fetchOf({ [a]: json(410, { code: 'SESSION_ENDED', message: 'ended' }) }),
    );
    const call = client.call(routes.renewSession, {
      params: { cluster: 'c', session: 's' },
      body: renewal,
    });
    await expect(call).rejects.toMatchObject({
      status: 410,
      code: 'SESSION_ENDED',
      message: 'ended',
    });
    await expect(call).rejects.toBeInstanceOf(ApiError);
  });

  it.each<[string, unknown, string]>([
    [
      'each detail that is a line',
      ['spec.shards  changing 3 to 5 is not built yet', 'b'],
      'no: spec.shards  changing 3 to 5 is not built yet; b',
    ],
    [
      'the first five, and how many more',
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
      'no: a; b; c; d; e; 2 more',
    ],
    ['no long line', ['x'.repeat(301), 'a'], 'no: a; 1 more'],
    ['nothing of another kind', [{ a: 1 }, 2], 'no'],
    ['nothing that is no list', 'a', 'no'],
  ])('shows in the message %s', async (_what, details, message) => {
    const body = { code: 'NOT_BUILT', message: 'no', details };
    const client = new ApiClient([a], fetchOf({ [a]: json(409, body) }));
    const call = client.call(routes.listClusters, { params: {} });
    await expect(call).rejects.toMatchObject({ message, details });
  });

  it('goes on to the next address when one refuses or has no leader, and stays there', async () => {
    const asked: Asked[] = [];
    const client = new ApiClient([a, b], fetchOf({ [a]: refused, [b]: json(200, grant) }, asked));
    for (let i = 0; i < 2; i++)
      await client.call(routes.renewSession, {
        params: { cluster: 'c', session: 's' },
        body: renewal,
      });
    expect(asked.map(({ url }) => new URL(url).origin)).toEqual([a, b, b]);
  });

  it('does not send a write again whose connection broke on the way', async () => {
    const asked: Asked[] = [];
    const client = new ApiClient([a, b], fetchOf({ [a]: broken, [b]: json(200, grant) }, asked));
    const call = client.call(routes.renewSession, {
      params: { cluster: 'c', session: 's' },
      body: renewal,
    });
    await expect(call).rejects.toBeInstanceOf(ApiUnreachable);
    expect(asked).toHaveLength(1);
    // But the next call asks the other one first.
    await client.call(routes.renewSession, {
      params: { cluster: 'c', session: 's' },
      body: renewal,
    });
    expect(asked.map(({ url }) => new URL(url).origin)).toEqual([a, b]);
  });

  it('says which addresses it tried', async () => {
    const client = new ApiClient([a, b], fetchOf({ [a]: refused, [b]: refused }));
    await expect(client.call(routes.listClusters, { params: {} })).rejects.toThrow(
      `Cannot reach the configserver at ${a}, ${b}`,
    );
  });

  it('takes a timeout of any number of milliseconds', async () => {
    const client = new ApiClient([a], fetchOf({ [a]: json(200, grant) }));
    const call = { params: { cluster: 'c', session: 's' }, body: renewal, timeoutMs: 1000 / 3 };
    expect(await client.call(routes.renewSession, call)).toEqual(grant);
  });

  it('refuses an answer of another shape', async () => {
    const client = new ApiClient([a], fetchOf({ [a]: json(200, { version: 'three' }) }));
    await expect(client.call(routes.getTopology, { params: { cluster: 'c' } })).rejects.toThrow();
  });
});

describe('routes', () => {
  it('have their own method and path each', () => {
    const places = Object.values(routes).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('name every part of their path among their params', () => {
    for (const route of Object.values(routes)) {
      const parts = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
      expect(Object.keys(route.params.shape).sort()).toEqual(parts.sort());
    }
  });
});
