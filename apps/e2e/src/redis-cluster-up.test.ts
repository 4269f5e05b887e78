/** `keyfleet up --upstream redis-cluster`: a Redis Cluster with the proxy before it, on one machine. */
import { freeAddresses, temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { ClusterList } from '@keyfleet/api';
import { keyfleet } from './platform.ts';
import { RawClient } from './raw-client.ts';

const RECOVERY = { timeout: 30_000, interval: 200 };
const OK = { type: 'status', text: 'OK' };

it(
  'starts, shows, brings back what dies, stops, and comes back with all data',
  { timeout: 120_000 },
  async () => {
    await using directory = await temporaryDirectory();
    const [client, admin] = await freeAddresses(2);
    const { host, port } = client!;
    const where = ['--data-dir', directory.path];
    const listen = ['--bind', host, '--port', String(port), '--admin-port', String(admin!.port)];
    const up = (...args: string[]) => keyfleet('up', '--detach', ...where, ...args);
    const clusters = async () =>
      ClusterList.parse(JSON.parse((await keyfleet('status', '--json', ...where)).stdout)).clusters;
    try {
      const first = await up('--upstream', 'redis-cluster', ...listen);
      expect(first).toMatchObject({ exitCode: 0, stderr: '' });
      expect(first.stdout).toMatch(/^6 servers: redis \S+, in cluster mode$/m);
      {
        using redis = await RawClient.connect({ host, port });
        expect(await redis.call('MSET', 'a', '1', 'b', '2', 'c', '3')).toEqual(OK);
      }
      const [cluster] = await clusters();
      expect(cluster).toMatchObject({ name: 'default', phase: 'Ready' });
      const nodes = cluster!.shards.map(({ primary, replicas }) => [primary, ...replicas]);
      expect(nodes.map((shard) => shard.map((node) => node?.state))).toEqual(
        Array.from({ length: 3 }, () => ['primary', 'replica']),
      );

      process.kill(nodes[0]![0]!.pid!, 'SIGKILL');
      await expect.poll(async () => (await clusters())[0]!.phase, RECOVERY).toBe('Ready');

      expect((await keyfleet('down', ...where)).stdout).toMatch(/^Stopped proxy-0, 6 servers\./);
      expect(await up('--upstream', 'topology')).toMatchObject({ exitCode: 78 });
      expect(await up()).toMatchObject({ exitCode: 0, stderr: '' });
      using redis = await RawClient.connect({ host, port });
      expect(await redis.call('MGET', 'a', 'b', 'c')).toEqual(['1', '2', '3']);
    } finally {
      await keyfleet('down', ...where);
    }
  },
);
