import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@keyfleet/runtime';
import { temporaryDirectory } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProxyConfig } from './load-proxy-config.ts';
import { settingsOf, type ProxyConfig } from './proxy-config.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

type Given = { flags?: readonly string[]; env?: Record<string, string> };

function load(yaml: string, { flags = [], env = {} }: Given = {}): ProxyConfig {
  const path = join(directory.path, 'config.yaml');
  writeFileSync(path, yaml);
  return loadProxyConfig(['--config', path, ...flags], env);
}

function mistakesOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

const orders = 'orders: {upstream: redis-cluster, seeds: [10.0.0.1:6379]}';
const two = `clusters:\n  ${orders}\n  carts: {upstream: standalone, seeds: [10.0.0.2:6379]}\n`;

describe('flat settings', () => {
  it('are one listener that leads to one cluster', () => {
    const config = loadProxyConfig(
      ['--configserver', 'http://a:7400', '--port', '1', '--cluster', 'shop'],
      {},
    );
    expect(config.listeners).toEqual([{ bind: '127.0.0.1', port: 1, cluster: 'shop' }]);
    expect([...config.clusters.keys()]).toEqual(['shop']);
    expect(settingsOf(config, 'shop')).toMatchObject({ adminPort: 9901, connectTimeoutMs: 4000 });
  });

  it('may come from the file, and say which kind of upstream it is', () => {
    const config = load('upstream: redis-cluster\nseeds: [a.example:6379, "[::1]:7000"]\n');
    const { upstream, seeds } = settingsOf(config, 'default');
    expect({ upstream, seeds }).toEqual({
      upstream: 'redis-cluster',
      seeds: ['a.example:6379', '[::1]:7000'],
    });
  });
});

describe('listeners and clusters', () => {
  it('lead by port and by user', () => {
    const config = load(`
bind: 10.0.0.9
listeners:
  - {port: 7480, cluster: orders}
  - port: 7481
    bind: 0.0.0.0
    cluster: carts
    users:
      - {name: app, passwordFile: /run/secrets/app, cluster: orders}
      - {name: web, password: 0123}
${two}`);
    expect(config.listeners).toEqual([
      { bind: '10.0.0.9', port: 7480, cluster: 'orders' },
      {
        bind: '0.0.0.0',
        port: 7481,
        users: [
          { name: 'app', passwordFile: '/run/secrets/app', cluster: 'orders' },
          { name: 'web', password: '0123', cluster: 'carts' },
        ],
      },
    ]);
    expect(settingsOf(config, 'carts')).toMatchObject({ cluster: 'carts', upstream: 'standalone' });
  });

  it('need not be named where there is one', () => {
    const users = 'users: [{name: a, password: b}]';
    expect(load(`clusters: {${orders}}`).listeners).toEqual([
      { bind: '127.0.0.1', port: 7480, cluster: 'orders' },
    ]);
    expect(load(`listeners: [{port: 1, ${users}}]\nclusters: {${orders}}`).listeners).toMatchObject(
      [{ port: 1, users: [{ cluster: 'orders' }] }],
    );
    expect(load('listeners: [{port: 1}]\nconfigserver: http://a:1').listeners).toMatchObject([
      { port: 1, cluster: 'default' },
    ]);
  });

  const file = `
upstream: redis-cluster
seeds: 10.0.0.1:1
holdQueueMs: 20
listeners: [{port: 1, bind: 127.0.0.2, cluster: a}, {port: 2, cluster: b}]
clusters: {a: {holdQueueMs: 10}, b: }
`;
  const holdQueueMs = (config: ProxyConfig) =>
    ['a', 'b'].map((name) => settingsOf(config, name).holdQueueMs);

  it.each<[string, Given, number[]]>([
    ['a field of the cluster wins over one on top', {}, [10, 20]],
    ['the environment is for all clusters', { env: { KEYFLEET_HOLD_QUEUE_MS: '30' } }, [30, 30]],
    [
      'a flag, too, and wins',
      { flags: ['--hold-queue-ms=40'], env: { KEYFLEET_HOLD_QUEUE_MS: '30' } },
      [40, 40],
    ],
  ])('%s', (_name, given, want) => {
    expect(holdQueueMs(load(file, given))).toEqual(want);
  });

  it('all take --bind, and the only one takes --port', () => {
    const binds = load(file, { flags: ['--bind', '::1'] }).listeners.map(({ bind }) => bind);
    expect(binds).toEqual(['::1', '::1']);
    const one = `listeners: [{port: 1}]\nclusters: {${orders}}`;
    expect(load(one, { env: { KEYFLEET_PORT: '5' } }).listeners).toMatchObject([{ port: 5 }]);
  });
});

describe('every mistake is shown at once', () => {
  it('with its path and its line', () => {
    const read = (): unknown =>
      load(`
worker: 2
adminPort: 99999
listeners:
  - {port: 7480, cluster: ordres}
  - {prot: 7481, cluster: carts}
clusters:
  orders:
    upstream: redis-cluster
    seeds: [x]
    holdQueuesMs: 5
  carts: {upstream: redis}
`);
    expect(mistakesOf(read)).toEqual([
      'worker  is not a setting, did you mean workers? (line 2)',
      'adminPort  want an integer from 0 to 65535, got "99999" (line 3)',
      'clusters.orders.holdQueuesMs  is not a setting, did you mean holdQueueMs? (line 11)',
      'clusters.orders.seeds  want host:port, got "x" (line 10)',
      'clusters.carts.upstream  want one of topology, redis-cluster, standalone, got "redis" (line 12)',
      'listeners[0].cluster  want a cluster of this file, got "ordres", did you mean orders? (line 5)',
      'listeners[1].prot  is not a setting, did you mean port? (line 6)',
      'listeners[1].port  is required (line 6)',
      'clusters.orders  want a listener that leads to it (line 8)',
    ]);
  });

  it.each<[string, string, Given, string[]]>([
    [
      'a value that all clusters have once',
      `holdQueueMs: x\nlisteners: [{port: 1, cluster: orders}, {port: 2, cluster: carts}]\n${two}`,
      {},
      ['holdQueueMs  want an integer from 1 to 60000, got "x" (line 1)'],
    ],
    [
      'a flag for one of several',
      `listeners: [{port: 1, cluster: orders}, {port: 2, cluster: carts}]\n${two}`,
      { flags: ['--port', '3', '--cluster', 'orders'] },
      [
        '--cluster  means nothing where the file has clusters',
        '--port  means nothing where the file has 2 listeners',
      ],
    ],
    [
      'several clusters and no listener',
      two,
      {},
      ['listeners  is required where there are 2 clusters'],
    ],
    [
      'a cluster that nobody reaches',
      `listeners: [{port: 1, cluster: orders}]\n${two}`,
      {},
      ['clusters.carts  want a listener that leads to it (line 4)'],
    ],
    [
      'a listener without a cluster, where there are several',
      `listeners: [{port: 1}, {port: 2, cluster: orders}, {port: 3, cluster: carts}]\n${two}`,
      {},
      ['listeners[0].cluster  is required where there are 2 clusters (line 1)'],
    ],
    [
      'two listeners on one port',
      `listeners:\n- {port: 1}\n- {port: 1, bind: 0.0.0.0}\n- {port: 2, bind: 127.0.0.2}\n- {port: 2}\nclusters: {${orders}}`,
      {},
      ['listeners[1].port  want a port of its own, got 1, which is that of listeners[0] (line 3)'],
    ],
    [
      'a listener on the admin port',
      `listeners: [{port: 9901}]\nclusters: {${orders}}`,
      {},
      [
        'listeners[0].port  want a port of its own, got 9901, which is that of the admin port (line 1)',
      ],
    ],
    [
      'a listener on the admin port, which has an address of its own',
      `adminBind: 127.0.0.9\nlisteners: [{port: 9901}, {port: 9901, bind: 127.0.0.9}]\nclusters: {${orders}}`,
      {},
      [
        'listeners[1].port  want a port of its own, got 9901, which is that of the admin port (line 2)',
      ],
    ],
    [
      'a port beside listeners',
      `port: 7480\nlisteners: [{port: 1}]\nclusters: {${orders}}`,
      {},
      ['port  belongs to a listener, where there are any (line 1)'],
    ],
    [
      'users that cannot log in, or twice',
      `listeners: [{port: 1, users: [{name: a}, {name: a, password: x, passwordFile: y}]}]\nclusters: {${orders}}`,
      {},
      [
        'listeners[0].users[0]  want password or passwordFile (line 1)',
        'listeners[0].users[1]  want password or passwordFile, not both (line 1)',
        'listeners[0].users[1].name  want each user once, got "a" again (line 1)',
      ],
    ],
    [
      'a cluster for other users that is not there',
      `listeners: [{port: 1, cluster: x, users: [{name: a, password: x, cluster: orders}]}]\nclusters: {${orders}}`,
      {},
      ['listeners[0].cluster  want a cluster of this file, got "x" (line 1)'],
    ],
    [
      'a listener for no user',
      `listeners: [{port: 1, users: []}]\nclusters: {${orders}}`,
      {},
      [
        'listeners[0].users  want a list, such as "- {name: app, passwordFile: /run/secrets/app}" (line 1)',
        'clusters.orders  want a listener that leads to it (line 2)',
      ],
    ],
    [
      'upstreams that nobody can find',
      'listeners: [{port: 1, cluster: a}, {port: 2, cluster: b}, {port: 3, cluster: c}, {port: 4, cluster: d}]\nclusters:\n  a:\n  b: {upstream: redis-cluster}\n  c: {upstream: standalone, seeds: ["a:1", "b:1"]}\n  d: {configserver: "http://a:1", seeds: ["a:1"]}\n',
      {},
      [
        'clusters.a.configserver  is required (line 3)',
        'clusters.b.seeds  is required (line 4)',
        'clusters.c.seeds  want 1 where upstream is standalone, got 2 (line 5)',
        'clusters.d.seeds  means nothing where upstream is topology (line 6)',
      ],
    ],
    [
      'passwords from two places, and half of a certificate',
      'upstream: standalone\nseeds: a:1\nupstreamPassword: x\nupstreamTlsKeyFile: k\n',
      { env: { KEYFLEET_UPSTREAM_PASSWORD_FILE: 'f' } },
      [
        'KEYFLEET_UPSTREAM_PASSWORD_FILE  want one source of the password, upstreamPassword is given too',
        '--upstream-tls-cert-file  is required where there is a key',
      ],
    ],
    [
      'what has another shape',
      'listeners: {port: 1}\nclusters: [{name: a}]\nworkers: {a: 1}\n',
      {},
      [
        'workers  want a value, got fields (line 3)',
        'clusters  want clusters by name, such as "orders: {upstream: …}" (line 2)',
        'listeners  want a list, such as "- {port: 7480, cluster: orders}" (line 1)',
      ],
    ],
    [
      'a list of what should be fields',
      `listeners: [7480]\nclusters: {"a b": [1]}\nconfigserver: http://a:1\n`,
      {},
      [
        'clusters.a b  want a name of letters, digits, ".", "_" and "-" (line 2)',
        'clusters.a b  want fields, got a list (line 2)',
        'listeners[0]  want fields, got a text (line 1)',
        'listeners[0].port  is required (line 1)',
      ],
    ],
  ])('%s', (_name, yaml, given, want) => {
    expect(mistakesOf(() => load(yaml, given))).toEqual(want);
  });

  it.each<[string, readonly string[], string[]]>([
    ['no configserver', [], ['--configserver  is required (or KEYFLEET_CONFIGSERVER)']],
    ['no seeds', ['--upstream', 'standalone'], ['--seeds  is required (or KEYFLEET_SEEDS)']],
    [
      'an address that means nothing to a configserver',
      ['--configserver=http://a:1', '--bind', '0.0.0.0'],
      ['--advertise-host  is required where bind is 0.0.0.0'],
    ],
    ['the same, where nobody is told', ['--upstream=standalone', '--seeds=a:1', '--bind=::'], []],
    [
      'one port for all',
      ['--configserver=http://a:1', '--port', '9901'],
      ['--port  want a port of its own, got 9901, which is that of the admin port'],
    ],
  ])('on the command line: %s', (_name, flags, want) => {
    expect(mistakesOf(() => loadProxyConfig(flags, {}))).toEqual(want);
  });
});
