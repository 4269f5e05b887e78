/** Platforms come and go; data stays where it belongs, and the control plane has no single point of failure. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEtcd } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { keyfleet, Platform } from './platform.ts';
import { Random } from './random.ts';
import { RawClient, type Server } from './raw-client.ts';
import { Verifier } from './verifier.ts';

const KEYS = Array.from({ length: 1000 }, (_, i) => `kept:${i}`);
const VERIFIERS = 4;

describe('a platform', { timeout: 120_000 }, () => {
  it('has the shape of the design in its status', async () => {
    await using platform = await Platform.start('--shards', '2', '--replicas', '1');
    const node = (id: string, state: string) => ({
      id,
      address: expect.stringMatching(/^127\.0\.\d+\.\d+:\d+$/) as unknown,
      pid: expect.any(Number) as unknown,
      state,
      lagBytes: expect.any(Number) as unknown,
    });
    const shard = (id: string, slots: string) => ({
      id,
      slots,
      epoch: 1,
      primary: node(`${id}-0`, 'primary'),
      replicas: [node(`${id}-1`, 'replica')],
    });
    expect(await platform.statusJson()).toMatchObject({
      clusters: [
        {
          name: 'default',
          phase: 'Ready',
          topologyVersion: expect.any(Number) as unknown,
          shards: [shard('shard-0', '0-8191'), shard('shard-1', '8192-16383')],
          proxies: [
            {
              id: 'proxy-0',
              address: `127.0.0.1:${platform.port}`,
              pid: expect.any(Number) as unknown,
              topologyVersion: expect.any(Number) as unknown,
            },
          ],
        },
      ],
    });
  });

  it('has all its data after down and up', async () => {
    await using platform = await Platform.start();
    await writeKeys(platform, 'first life');
    const pids = await pidsOf(platform);
    await platform.down();
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
    expect(await keyfleet('status', '--data-dir', platform.dataDir)).not.toHaveProperty(
      'exitCode',
      0,
    );

    await platform.up();
    expect(await readKeys(platform)).toEqual(KEYS.map(() => 'first life'));
    await writeKeys(platform, 'second life');
    expect(await readKeys(platform)).toEqual(KEYS.map(() => 'second life'));
  });

  it('runs beside another one without meeting it', async () => {
    await using one = await Platform.start('--shards', '1', '--replicas', '0');
    await using other = await Platform.start('--shards', '1', '--replicas', '0');
    await writeKeys(one, 'one');
    expect(await readKeys(other)).toEqual(KEYS.map(() => null));
    await writeKeys(other, 'other');
    expect(await readKeys(one)).toEqual(KEYS.map(() => 'one'));
    await one.down();
    expect(await readKeys(other)).toEqual(KEYS.map(() => 'other'));
  });
});

describe('with etcd and three configservers', { timeout: 120_000 }, () => {
  it('the death of the leader is seen by no client', async () => {
    await using etcd = await startEtcd();
    const url = `http://${etcd.host}:${etcd.port}`;
    await using platform = await Platform.start('--etcd', url, '--configservers', '3');
    const end = new AbortController();
    const random = new Random(Random.seedOf(process.env['KEYFLEET_E2E_SEED']));
    const verifiers = await Promise.all(
      Array.from({ length: VERIFIERS }, (_, i) =>
        Verifier.connect(platform, random.fork(i), (index) => `own:${i}:${index}`),
      ),
    );
    const running = Promise.all(verifiers.map((verifier) => verifier.runUntil(end.signal)));
    running.catch(() => undefined); // it is awaited below

    const killed = await killLeader(platform);
    // Another one leads, and the killed one follows it.
    await expect
      .poll(() => leadersOf(platform), { timeout: 30_000, interval: 100 })
      .toHaveLength(1);
    await expect
      .poll(() => processOf(platform, killed.name), { timeout: 30_000, interval: 100 })
      .not.toBe(killed.pid);
    await expect
      .poll(async () => (await platform.status()).phase, { timeout: 30_000, interval: 200 })
      .toBe('Ready');
    end.abort();
    await running;
    for (const verifier of verifiers) verifier[Symbol.dispose]();
    expect(await platform.proxyMetric('keyfleet_proxy_serving')).toBe(1);
  });
});

async function writeKeys(server: Server, value: string): Promise<void> {
  using client = await RawClient.connect(server);
  const replies = await client.pipeline(KEYS.map((key) => ['SET', key, value]));
  expect(new Set(replies.map((reply) => JSON.stringify(reply)))).toEqual(
    new Set([JSON.stringify({ type: 'status', text: 'OK' })]),
  );
}

async function readKeys(server: Server): Promise<unknown> {
  using client = await RawClient.connect(server);
  return await client.call('MGET', ...KEYS);
}

async function pidsOf(platform: Platform): Promise<number[]> {
  const { shards, proxies } = await platform.status();
  const nodes = shards.flatMap(({ primary, replicas }) => [primary!, ...replicas]);
  return [...nodes, ...proxies].map(({ pid }) => pid!);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Names of the configservers that say that they lead. */
async function leadersOf(platform: Platform): Promise<string[]> {
  const names = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const metrics = await fetch(`http://${platform.host}:${platform.apiPort + index}/metrics`)
        .then((response) => response.text())
        .catch(() => '');
      return /^keyfleet_configserver_leads 1$/m.test(metrics) ? [`configserver-${index}`] : [];
    }),
  );
  return names.flat();
}

async function killLeader(platform: Platform): Promise<{ name: string; pid: number }> {
  const [name] = await leadersOf(platform);
  const pid = processOf(platform, name!);
  process.kill(pid, 'SIGKILL');
  return { name: name!, pid };
}

/** `status` tells no pids of configservers, so the platform's own record is read. */
function processOf(platform: Platform, name: string): number {
  const record = readFileSync(join(platform.dataDir, 'platform.json'), 'utf8');
  const { processes } = JSON.parse(record) as { processes: Record<string, { pid: number }> };
  return processes[name]?.pid ?? 0;
}
