/** From one manifest to a cluster that serves: what a user sees on the way, and what clients do with it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from './namespace.ts';
import { RedisClient } from './redis-client.ts';
import { RedisCluster } from './redis-cluster.ts';
import { useStory } from './story.ts';

type Volume = KubeObject & {
  readonly spec: { readonly storageClassName: string };
  readonly status: { readonly phase: string };
};

const SAMPLE = join(import.meta.dirname, '../../../deploy/samples/minimal.yaml');
const READY_SECONDS_MAX = 60;

const { shop } = useStory('shop');
const cluster = new RedisCluster(shop, 'orders');

describe('the minimal sample', () => {
  it(`is Ready within ${READY_SECONDS_MAX} s of its kubectl apply`, async () => {
    await shop.apply(await readFile(SAMPLE, 'utf8'));
    const seconds = await cluster.untilReady(READY_SECONDS_MAX);
    process.stdout.write(`Ready after ${seconds.toFixed(1)} s\n`);
  });

  it('has the servers of each shard on different nodes', async () => {
    const shards = Map.groupBy(
      await cluster.servers(),
      ({ metadata }) => metadata.labels!['keyfleet.dev/shard'],
    );
    expect([...shards.keys()].sort()).toEqual(['shard-0', 'shard-1', 'shard-2']);
    for (const servers of shards.values()) {
      expect(new Set(servers.map(({ spec }) => spec.nodeName)).size).toBe(2);
    }
  });

  it('has a volume for each server, bound by the default StorageClass', async () => {
    const annotation = 'storageclass\\.kubernetes\\.io/is-default-class';
    const path = `{.items[?(@.metadata.annotations.${annotation}=="true")].metadata.name}`;
    const standard = await shop.kubectl(['get', 'storageclass', '-o', `jsonpath=${path}`]);
    const volumes = await shop.list<Volume>('pvc');
    expect(volumes).toHaveLength(6);
    for (const { spec, status } of volumes) {
      expect([spec.storageClassName, status.phase]).toEqual([standard, 'Bound']);
    }
  });

  it('is told by kubectl get', async () => {
    const [titles, line] = (await shop.kubectl(['get', 'kf'])).split('\n').map(words);
    expect(titles).toEqual(['NAME', 'PHASE', 'SHARDS', 'READY', 'VERSION', 'OP', 'AGE']);
    expect(line?.slice(0, 4)).toEqual(['orders', 'Ready', '3', '3/3']);
  });

  it('is told by kubectl describe, from the first step to the last', async () => {
    const description = await shop.kubectl(['describe', 'kf', 'orders']);
    // Beside them it tells what was waited for, which depends on the machine.
    const steps = [
      'StartingServers',
      'RecordingCluster',
      'RegisteringNodes',
      'StartingProxies',
      'Ready',
    ];
    const told = [...description.matchAll(/^ {2}Normal +(\w+) /gm)]
      .map(([, reason]) => reason!)
      .filter((reason) => steps.includes(reason));
    expect(told).toEqual(steps);
  });
});

describe('a client in a pod', () => {
  let client: RedisClient;

  it('reaches the cluster through its Service', async () => {
    client = await RedisClient.start(shop, 'orders');
    expect(await client.cli('PING')).toBe('PONG');
  });

  it('sets and gets', async () => {
    expect(await client.cli('SET', 'greeting', 'hello')).toBe('OK');
    expect(await client.cli('GET', 'greeting')).toBe('hello');
  });

  it('uses keys of several shards in one command', async () => {
    expect(await client.cli('MSET', 'a', '1', 'b', '2', 'c', '3', 'd', '4')).toBe('OK');
    expect(await client.cli('MGET', 'd', 'c', 'b', 'a', 'none')).toBe('4\n3\n2\n1');
    expect(await client.cli('DEL', 'a', 'b', 'c', 'd', 'none')).toBe('4');
  });

  it.each(['1', '16'])(
    'runs redis-benchmark with a pipeline of %s without an error',
    async (depth) => {
      const args = ['-t', 'set,get,mset', '-P', depth, '-n', '20000', '-r', '10000', '-q'];
      const output = await client.benchmark(...args);
      expect(output).not.toMatch(/error|warning/i);
      const figures = [...output.matchAll(/^\s*(SET|GET|MSET).*: ([\d.]+) requests per second/gm)];
      expect(figures.map(([, test]) => test)).toEqual(['SET', 'GET', 'MSET']);
      const told = figures.map(([, test, figure]) => `${test!} ${figure!}/s`).join(', ');
      process.stdout.write(`-P ${depth}: ${told}\n`);
    },
  );
});

function words(line: string): string[] {
  return line.split(/\s+/).filter(Boolean);
}
