/** `keyfleet-proxy` as it is called, apart from serving. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin/keyfleet-proxy.mjs');

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let good: string;
beforeAll(async () => {
  directory = await temporaryDirectory();
  good = file('good.yaml', 'upstream: standalone\nseeds: 10.0.0.1:6379\nport: 1\n');
});
afterAll(() => directory[Symbol.asyncDispose]());

function file(name: string, content: string): string {
  const path = join(directory.path, name);
  writeFileSync(path, content);
  return path;
}

function call(args: readonly string[], env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [BIN, ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
}

describe('--check', () => {
  it('says what a file means', () => {
    const config = file(
      'config.yaml',
      `
listeners:
  - {port: 7480, cluster: orders}
  - port: 7481
    bind: "::1"
    users: [{name: app, password: a, cluster: orders}, {name: web, password: b, cluster: carts}]
clusters:
  orders: {upstream: redis-cluster, seeds: [a:1, b:2]}
  carts: {configserver: "http://c:7400"}
`,
    );
    expect(call(['--check', config])).toEqual({
      status: 0,
      stderr: '',
      stdout: [
        'ok: 2 listeners, 2 clusters',
        '  127.0.0.1:7480  → orders',
        '  [::1]:7481      app → orders, web → carts',
        '  127.0.0.1:9901  admin',
        '  orders          redis-cluster a:1, b:2',
        '  carts           topology http://c:7400',
        '',
      ].join('\n'),
    });
  });

  it('shows all mistakes of it and ends with 78', () => {
    const config = file('wrong.yaml', 'upstream: redis-cluster\nprot: 1\nseeds: x\n');
    expect(call(['--check', config])).toEqual({
      status: 78,
      stdout: '',
      stderr: [
        'Cannot start: 2 settings are wrong',
        '  prot  is not a setting, did you mean port? (line 2)',
        '  seeds  want host:port, got "x" (line 3)',
        '',
      ].join('\n'),
    });
  });

  it.each<[string, (path: string) => [string[], Record<string, string>?]]>([
    ['with =', (path) => [[`--check=${path}`]]],
    ['as --config before it', (path) => [['--config', path, '--check']]],
    ['as --config after it', (path) => [['--check', '--config', path]]],
    ['by the environment', (path) => [['--check'], { KEYFLEET_CONFIG: path }]],
  ])('takes the file %s', (_name, lineOf) => {
    expect(call(...lineOf(good)).stdout).toContain('ok: 1 listener, 1 cluster\n  127.0.0.1:1 ');
  });

  it('takes flags, as the proxy would', () => {
    expect(call(['--check', good, '--port', '2']).stdout).toContain('127.0.0.1:2 ');
  });
});

describe('--from-envoy', () => {
  const envoy = (timeout: string, rest = '') => `
admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: 7480}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          settings: {op_timeout: ${timeout}}
          prefix_routes: {catch_all_route: {cluster: orders}}
${rest}
  clusters:
  - name: orders
    cluster_type: {name: envoy.clusters.redis}
    load_assignment:
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: a, port_value: 1}}}}]}]
`;

  it('prints a file that is right', () => {
    const { stdout, stderr, status } = call(['--from-envoy', file('envoy.yaml', envoy('1.5s'))]);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toContain('opTimeoutMs: 1500');
    expect(call(['--check', file('config.yaml', stdout)]).stdout).toBe(
      [
        'ok: 1 listener, 1 cluster',
        '  127.0.0.1:7480  → orders',
        '  127.0.0.1:9901  admin',
        '  orders          redis-cluster a:1',
        '',
      ].join('\n'),
    );
  });

  it('says what it does not carry, in the order of the lines, and what is wrong then', () => {
    const config = envoy('0s', '          faults: []\n    listener_filters: []');
    const { stdout, stderr, status } = call(['--from-envoy', file('envoy.yaml', config)]);
    expect(stdout).toContain('opTimeoutMs: 0');
    expect({ lines: stderr.split('\n'), status }).toEqual({
      status: 78,
      lines: [
        'static_resources.listeners[0].filter_chains[0].filters[0].typed_config.faults  is not carried: no faults are injected (line 12)',
        'static_resources.listeners[0].listener_filters  is not carried: it has no counterpart (line 13)',
        expect.stringMatching(
          /^the result: clusters\.orders\.opTimeoutMs {2}want an integer .*, got "0"/,
        ),
        '',
      ],
    });
  });

  it.each([
    ['without redis_proxy', 'static_resources: {}', /want a listener with redis_proxy/],
    ['that is no YAML', 'a: [', /--from-envoy {2}cannot read/],
  ])('refuses a file %s', (_name, content, want) => {
    const { stdout, stderr, status } = call(['--from-envoy', file('envoy.yaml', content)]);
    expect({ stdout, status }).toEqual({ stdout: '', status: 78 });
    expect(stderr).toMatch(want);
  });
});

it('--help lists every setting', () => {
  const { stdout, status } = call(['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('  --admin-port 0…65535\n      Metrics');
  expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThan(130);
});

it('--schema prints a JSON Schema', () => {
  const { stdout, status } = call(['--schema']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ properties: { listeners: { type: 'array' } } });
});
