/**
 * The article that the project answers, step by step: who runs an Envoy before a Redis Cluster takes its file along, and
 * plain clients go on as they did.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  freeAddresses,
  startRedisCluster,
  temporaryDirectory,
  type Address,
  type RedisCluster,
} from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, type Outcome } from './program.ts';
import { Proxy } from './redis-cluster/proxy.ts';

const COMMAND_TIMEOUT_MS = 30_000;
const REQUESTS = 5_000;

const stack = new AsyncDisposableStack();
let cluster: RedisCluster;
let proxy: Proxy;
let converted: Outcome;

beforeAll(async () => {
  cluster = stack.use(await startRedisCluster());
  const directory = stack.use(await temporaryDirectory());
  const [listener, admin] = await freeAddresses(2);
  const envoyFile = join(directory.path, 'envoy.yaml');
  await writeFile(envoyFile, envoyConfig({ listener: listener!, admin: admin! }, cluster.nodes));
  converted = await Proxy.ask('--from-envoy', envoyFile);
  const config = join(directory.path, 'proxy.yaml');
  await writeFile(config, converted.stdout);
  proxy = stack.use(await Proxy.startAt({ ...listener!, adminPort: admin!.port }, { config }));
});
afterAll(() => stack.disposeAsync());

describe('the configuration', () => {
  it('is carried over whole', () => {
    expect(converted).toMatchObject({ exitCode: 0, stderr: '' });
    expect(converted.stdout).toContain('upstream: redis-cluster');
    expect(converted.stdout).toContain('refreshMs: 10000');
  });
});

describe('redis-cli', () => {
  const direct = (): Address => cluster.nodes[0]!;

  it('gets PONG, and reads what it wrote', async () => {
    expect(await redisCli(proxy, 'PING')).toBe('PONG\n');
    expect(await redisCli(proxy, 'SET', 'hello', 'world')).toBe('OK\n');
    expect(await redisCli(proxy, 'GET', 'hello')).toBe('world\n');
  });

  it('needs no cluster mode: a node alone sends it away', async () => {
    const owner = await cluster.ownerOf('hello');
    const other = (await cluster.primaries()).find((node) => node !== owner)!;
    expect(await redisCli(other, 'GET', 'hello')).toMatch(/^MOVED \d+ /);
  });

  it.each([
    { command: ['MSET', 'first', '1', 'second', '2', 'third', '3'], answer: 'OK\n' },
    { command: ['MGET', 'first', 'second', 'third'], answer: '1\n2\n3\n' },
    { command: ['DEL', 'first', 'second', 'third'], answer: '3\n' },
  ])('may say $command.0 of keys in several slots', async ({ command, answer }) => {
    expect(await redisCli(direct(), ...command)).toMatch(/^CROSSSLOT /);
    expect(await redisCli(proxy, ...command)).toBe(answer);
  });
});

describe('redis-benchmark', () => {
  it.each([
    { name: 'plain', pipeline: '1' },
    { name: 'pipelined', pipeline: '16' },
  ])('runs $name, through the proxy and direct', async ({ pipeline }) => {
    const through = await redisBenchmark(proxy, ['-P', pipeline]);
    const direct = await redisBenchmark(cluster.nodes[0]!, ['-P', pipeline, '--cluster']);
    for (const { exitCode, output } of [through, direct]) {
      expect(exitCode, output).toBe(0);
      expect(output).not.toMatch(/error/i);
      for (const test of ['SET', 'GET', 'MSET (10 keys)']) expect(output).toContain(`${test}: `);
    }
  });
});

async function redisCli({ host, port }: Address, ...command: string[]): Promise<string> {
  const args = ['-h', host, '-p', String(port), ...command];
  const { stdout } = await run('redis-cli', args, { timeoutMs: COMMAND_TIMEOUT_MS });
  return stdout;
}

async function redisBenchmark({ host, port }: Address, more: readonly string[]): Promise<Outcome> {
  const tests = ['-t', 'set,get,mset', '-n', String(REQUESTS), '-r', '10000', '-q'];
  const args = ['-h', host, '-p', String(port), ...tests, ...more];
  return run('redis-benchmark', args, { timeoutMs: COMMAND_TIMEOUT_MS });
}

type Places = { readonly listener: Address; readonly admin: Address };

/** What such a file looks like: one listener with `redis_proxy`, one cluster of Envoy's own kind for Redis. */
function envoyConfig({ listener, admin }: Places, nodes: readonly Address[]): string {
  const at = ({ host, port }: Address): string =>
    `socket_address: { address: ${host}, port_value: ${port} }`;
  const endpoints = nodes.map((node) => `- endpoint: { address: { ${at(node)} } }`);
  return `
admin:
  address: { ${at(admin)} }
static_resources:
  listeners:
  - name: redis_listener
    address: { ${at(listener)} }
    filter_chains:
    - filters:
      - name: envoy.filters.network.redis_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
          stat_prefix: redis
          settings:
            op_timeout: 5s
            enable_redirection: true
            enable_hashtagging: true
          prefix_routes:
            catch_all_route: { cluster: redis_cluster }
  clusters:
  - name: redis_cluster
    connect_timeout: 4s
    dns_lookup_family: V4_ONLY
    lb_policy: CLUSTER_PROVIDED
    load_assignment:
      cluster_name: redis_cluster
      endpoints:
      - lb_endpoints:
        ${endpoints.join('\n        ')}
    cluster_type:
      name: envoy.clusters.redis
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.clusters.redis.v3.RedisClusterConfig
        cluster_refresh_rate: 10s
        cluster_refresh_timeout: 4s
`;
}
