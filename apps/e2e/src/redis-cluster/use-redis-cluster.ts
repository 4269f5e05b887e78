import { startRedisCluster, type RedisCluster } from '@keyfleet/testkit';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Proxy } from './proxy.ts';

/** Patient, so that a busy machine does not look like a lost primary. */
const NODE_TIMEOUT_MS = 3_000;

/** Else all shards answer CLUSTERDOWN while one has no primary; managed services have it so. */
const SHARDS_APART = { 'cluster-require-full-coverage': 'no' };

export type RedisClusterPlace = { readonly cluster: RedisCluster; readonly proxy: Proxy };

/** A Redis Cluster and a proxy before it, for all tests of a file. When one fails, the end of the proxy's log is printed. */
export function useRedisCluster(flags: Readonly<Record<string, string>> = {}): RedisClusterPlace {
  let cluster: RedisCluster | undefined;
  let proxy: Proxy | undefined;
  beforeAll(async () => {
    cluster = await startRedisCluster({ nodeTimeoutMs: NODE_TIMEOUT_MS, config: SHARDS_APART });
    const seeds = cluster.addresses.join(',');
    proxy = await Proxy.start({ upstream: 'redis-cluster', seeds, ...flags });
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => void process.stderr.write(`${proxy?.log ?? ''}\n`));
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });
  return {
    get cluster() {
      return started(cluster);
    },
    get proxy() {
      return started(proxy);
    },
  };
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('Cannot use it: it is not started, want a test');
  return part;
}
