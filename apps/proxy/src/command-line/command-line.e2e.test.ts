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
