/** One process, many clusters: each listener leads to its own, and nothing of one is seen in another. */
import { describe, expect, it } from 'vitest';
import { clustersField, startSharedProxy, type SharedProxy } from './testing/shared-proxy.ts';

const start = (process: object): Promise<SharedProxy> =>
  startSharedProxy(2, ({ clusters }) => ({
    ...process,
    listeners: [
      { port: 0, cluster: 'a' },
      { port: 0, cluster: 'b' },
    ],
    clusters: clustersField(clusters),
  }));

async function json(shared: SharedProxy, path: string): Promise<unknown> {
  return (await shared.admin(path)).json();
}

describe.each([
  ['one process', {}],
  ['two workers', { workers: 2 }],
])('%s with two clusters', (_name, process) => {
  it('leads each port to its own', async () => {
    await using shared = await start(process);
    const [a, b] = [shared.client(0), shared.client(1)];
    await a.set('k', 'of a');
    await b.set('k', 'of b');
    expect(await Promise.all([a.get('k'), b.get('k')])).toEqual(['of a', 'of b']);
    await a.flushall();
    expect(await b.get('k')).toBe('of b');
  });

  it('has clients, subscribers and pauses of their own', async () => {
    await using shared = await start(process);
    const [a, listening] = [shared.client(0), shared.client(0)];
    const b = shared.client(1);
    await listening.subscribe('news');
    expect(await b.publish('news', 'of b')).toBe(0);
    expect(await a.publish('news', 'of a')).toBe(1);
    await a.call('client', 'setname', 'one-of-a');
    expect(await b.call('client', 'list')).not.toContain('one-of-a');
    await a.call('client', 'pause', '60000', 'write');
    expect(await b.set('k', '1')).toBe('OK');
    await a.call('client', 'unpause');
    expect(await a.set('k', '1')).toBe('OK');
  });

  it('tells of each at the admin port', async () => {
    await using shared = await start(process);
    await shared.client(0).set('k', '1');
    const all = (await json(shared, '/clients')) as Record<string, unknown[]>;
    expect(all['a']).toHaveLength(1);
    expect(all['b']).toHaveLength(0);
    expect(await json(shared, '/clients?cluster=a')).toHaveLength(1);
    expect(await json(shared, '/topology?cluster=b')).toMatchObject({
      serving: true,
      topology: { cluster: 'b' },
    });
    expect(await json(shared, '/readyz?cluster=b')).toEqual({ ready: true });
    expect((await shared.admin('/clients?cluster=c')).status).toBe(404);
    const metrics = await (await shared.admin('/metrics')).text();
    expect(metrics).toContain('keyfleet_proxy_requests_total{command="set",cluster="a"} 1');
    expect(metrics).toContain('keyfleet_proxy_serving{cluster="b"} 1');
    expect(metrics).toMatch(/^process_cpu_seconds_total \d/m);
  });

  it('gives each cluster back at its own configserver', async () => {
    const shared = await start(process);
    const { clusters } = shared;
    expect(clusters.map(({ configserver }) => configserver.opened)).toEqual([1, 1]);
    await shared.proxy.stop();
    expect(clusters.map(({ configserver }) => configserver.closed)).toEqual([1, 1]);
    await shared[Symbol.asyncDispose]();
  });
});
