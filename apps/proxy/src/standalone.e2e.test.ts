/** One server behind the proxy. */
import { setTimeout as delay } from 'node:timers/promises';
import { freeAddress, startRedis, temporaryDirectory, type Address } from '@keyfleet/testkit';
import { describe, expect, it, vi } from 'vitest';
import { Authority } from './testing/certificates.ts';
import { eventually } from './testing/eventually.ts';
import { ProxyOfFlags } from './testing/proxy-of-flags.ts';
import type { RawClient } from './testing/raw-client.ts';
import { talk } from './testing/talk.ts';

vi.setConfig({ testTimeout: 30_000 });

const OK = { type: 'status', text: 'OK' };

function over({ host, port }: Address, flags: Record<string, string> = {}): Promise<ProxyOfFlags> {
  const own = { upstream: 'standalone', seeds: `${host}:${port}`, 'refresh-ms': '100' };
  return ProxyOfFlags.start({ ...own, ...flags });
}

async function untilSet(client: RawClient, value: string): Promise<void> {
  await eventually(
    async () => JSON.stringify(await client.call('SET', 'a', value)) === JSON.stringify(OK),
  );
}

describe('one server', () => {
  it('takes keys of all slots in one command, and has several databases', async () => {
    await using server = await startRedis();
    await using proxy = await over(server);
    await proxy.untilReady();
    const client = await proxy.client();
    expect(await client.call('MSET', 'a', '1', 'b', '2', 'c', '3')).toEqual(OK);
    expect(await client.call('MGET', 'a', 'b', 'c')).toEqual(['1', '2', '3']);
    expect(await client.call('SELECT', '3')).toEqual(OK);
    expect(await client.call('GET', 'a')).toBeNull();
  });

  it('is served again after a restart', async () => {
    await using server = await startRedis();
    await using proxy = await over(server);
    await proxy.untilReady();
    const client = await proxy.client();
    await untilSet(client, '1');
    await server.restart();
    await untilSet(client, '2');
  });

  it('is not served while it is a replica', async () => {
    await using primary = await startRedis();
    await using replica = await startRedis({
      args: ['--replicaof', primary.host, String(primary.port)],
    });
    await using proxy = await over(replica);
    await delay(400);
    expect(await proxy.isReady()).toBe(false);
    await talk(replica, ['REPLICAOF NO ONE']);
    await proxy.untilReady();
    expect(await (await proxy.client()).call('SET', 'a', 'b')).toEqual(OK);
  });

  it('is the one that took over at its address', async () => {
    await using first = await startRedis();
    await using proxy = await over(first);
    await proxy.untilReady();
    const client = await proxy.client();
    await untilSet(client, '1');
    await first.kill();
    await using second = await startRedis({ address: first });
    await untilSet(client, '2');
    expect(await talk(second, ['GET a'])).toContain('2');
  });

  it('may deny all that is not needed', async () => {
    await using server = await startRedis({
      args: [
        '--user',
        'default',
        'on',
        'nopass',
        '~*',
        '&*',
        '+@all',
        '-client',
        '-role',
        '-info',
        '-config',
      ],
    });
    await using proxy = await over(server);
    await proxy.untilReady();
    expect(await (await proxy.client()).call('SET', 'a', 'b')).toEqual(OK);
  });

  it('is served over TLS that wants a certificate of the proxy', async () => {
    await using directory = await temporaryDirectory();
    const authority = await Authority.create(directory.path);
    const own = await authority.sign('server', 'DNS:localhost');
    const ours = await authority.sign('proxy');
    const { port: tlsPort } = await freeAddress();
    const args = {
      'tls-port': String(tlsPort),
      'tls-cert-file': own.certFile,
      'tls-key-file': own.keyFile,
      'tls-ca-cert-file': authority.caFile,
    };
    await using server = await startRedis({
      args: [
        '--bind',
        '127.0.0.1',
        '::1',
        '--protected-mode',
        'no',
        ...Object.entries(args).flatMap(([k, v]) => [`--${k}`, v]),
      ],
      address: { host: '127.0.0.1', port: (await freeAddress()).port },
    });
    expect(server.isRunning).toBe(true);
    const flags = {
      'upstream-tls': 'on',
      'upstream-tls-ca-file': authority.caFile,
      'ip-family': '4',
    };
    const at = { host: 'localhost', port: tlsPort };
    await using refused = await over(at, flags);
    await using proxy = await over(at, {
      ...flags,
      'upstream-tls-cert-file': ours.certFile,
      'upstream-tls-key-file': ours.keyFile,
    });
    await proxy.untilReady();
    expect(await (await proxy.client()).call('SET', 'a', 'b')).toEqual(OK);
    expect(await refused.isReady()).toBe(false);
  });
});

describe('a node of a Redis Cluster', () => {
  it('is no such server', async () => {
    await using node = await startRedis({ args: ['--cluster-enabled', 'yes'] });
    await using proxy = await over(node);
    await delay(400);
    expect(await proxy.isReady()).toBe(false);
  });
});
