import { describe, expect, it } from 'vitest';
import { readProxyConfig } from '../config/load-proxy-config.ts';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { planReload } from './plan-reload.ts';

const clusters = {
  a: { configserver: ['http://a:1'] },
  b: { configserver: ['http://b:1'] },
};
const listeners = [
  { port: '7480', cluster: 'a' },
  { port: '7481', cluster: 'b' },
];

function config(file: object): ProxyConfig {
  return readProxyConfig({ argv: [], env: {}, file: file as Record<string, unknown> });
}

const present = config({ listeners, clusters });

function plan(file: object): Omit<ReturnType<typeof planReload>, 'config'> {
  const { applied, needsRestart } = planReload(present, config(file));
  return { applied, needsRestart };
}

describe('a configuration that is read again', () => {
  it('is nothing new when nothing changed', () => {
    expect(plan({ listeners, clusters })).toEqual({ applied: [], needsRestart: [] });
  });

  it('adds and removes listeners and clusters', () => {
    const next = { a: clusters.a, c: { configserver: ['http://c:1'] } };
    expect(
      plan({ listeners: [listeners[0], { port: '7482', cluster: 'c' }], clusters: next }),
    ).toEqual({
      applied: [
        'cluster c added',
        'cluster b removed',
        'listener 127.0.0.1:7482 added',
        'listener 127.0.0.1:7481 removed',
      ],
      needsRestart: [],
    });
  });

  it('changes where a listener leads', () => {
    const users = [{ name: 'app', password: 'x', cluster: 'b' }];
    expect(plan({ listeners: [listeners[0], { port: '7481', users }], clusters }).applied).toEqual([
      'listener 127.0.0.1:7481 changed',
    ]);
  });

  it('changes what is live, and names what needs a restart', () => {
    const a = { ...clusters.a, clientsMax: '7', databases: '3' };
    const wanted = config({ workers: '4', listeners, clusters: { ...clusters, a } });
    const planned = planReload(present, wanted);
    expect(planned.applied).toEqual(['clusters.a.clientsMax']);
    expect(planned.needsRestart).toEqual(['workers', 'clusters.a.databases']);
    expect(planned.config.process.workers).toBe(1);
    expect(planned.config.clusters.get('a')).toMatchObject({ clientsMax: 7, databases: 0 });
  });

  it.each([
    ['another kind', { upstream: 'standalone', seeds: ['b:1'] }, ['upstream', 'seeds']],
    ['TLS', { upstreamTls: 'on', seeds: ['b:1'] }, ['seeds', 'upstreamTls']],
    ['TLS by name', { seeds: ['clustercfg.b.c.use1.cache.amazonaws.com:1'] }, ['seeds']],
  ])('does not look for other servers in the way of the former: %s', (_, changed, waits) => {
    const former = { upstream: 'redis-cluster', seeds: ['a:1'], upstreamPassword: 'x' };
    const wanted = config({ ...former, ...changed, upstreamPassword: 'y' });
    const planned = planReload(config(former), wanted);
    expect(planned.applied).toEqual([]);
    expect(new Set(planned.needsRestart)).toEqual(
      new Set([...waits, 'upstreamPassword'].map((key) => `clusters.default.${key}`)),
    );
  });

  it('goes over to other seeds', () => {
    const of = (seed: string) => config({ upstream: 'redis-cluster', seeds: [seed] });
    const { applied, needsRestart } = planReload(of('a:1'), of('b:1'));
    expect({ applied, needsRestart }).toEqual({
      applied: ['clusters.default.seeds'],
      needsRestart: [],
    });
  });

  it('moves the only port of flat settings', () => {
    const flat = (port: string) => config({ port, configserver: ['http://a:1'] });
    expect(planReload(flat('1'), flat('2'))).toMatchObject({
      applied: ['listener 127.0.0.1:2 added', 'listener 127.0.0.1:1 removed'],
      needsRestart: [],
    });
  });
});
