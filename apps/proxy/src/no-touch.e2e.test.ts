/** CLIENT NO-TOUCH, beside servers that know it, and those that do not. */
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { newerServer } from './testing/newer-server.ts';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import { startReady } from './testing/scenes.ts';

const program = newerServer();

/** With LFU a read is seen at once: what `policy` counts from is 1, and each of the first reads counts. */
async function startCounting(serverProgram: string): Promise<ProxyUnderTest> {
  const policy = ['--maxmemory-policy', 'allkeys-lfu', '--lfu-log-factor', '0'];
  return startReady({ serverProgram, serverArgs: policy });
}

const frequency = async (client: Redis, key: string): Promise<number> =>
  Number(await client.call('OBJECT', 'FREQ', key));

const readsOf = (count: number): string[] => Array.from({ length: count }, () => 'v');

describe.skipIf(program === null)('CLIENT NO-TOUCH of servers that know it', () => {
  it('keeps what the client does from counting, but for TOUCH, until it is off', async () => {
    await using under = await startCounting(program!);
    const [client, other] = [under.client(), under.client()];
    await client.set('k', 'v');
    /** By how much the count of the key rises. */
    const counted = async (...does: (() => Promise<unknown>)[]): Promise<number> => {
      const before = await frequency(other, 'k');
      for (const one of does) await one();
      return (await frequency(other, 'k')) - before;
    };
    const get = (): Promise<unknown> => client.get('k');
    const inMulti = (): Promise<unknown> => client.multi().get('k').exec();
    const watched = async (): Promise<unknown> => {
      await client.watch('k');
      return inMulti();
    };
    const flags = async (): Promise<string> => /flags=(\w+)/.exec(await client.client('INFO'))![1]!;
    expect(await counted(get)).toBe(1);
    expect(await client.client('NO-EVICT', 'ON')).toBe('OK');
    expect(await client.call('CLIENT', 'NO-TOUCH', 'ON')).toBe('OK');
    expect(await flags()).toBe('eT');
    expect(await counted(get, inMulti, watched)).toBe(0);
    expect(await counted(() => client.touch('k'))).toBe(1);
    // Others touch as ever.
    expect(await counted(() => other.get('k'))).toBe(1);
    // Databases and protocols change nothing of it.
    await client.select(3);
    await client.select(0);
    expect(await counted(get)).toBe(0);
    expect(await client.call('client', 'no-touch', 'off')).toBe('OK');
    expect(await counted(get, inMulti, watched)).toBe(3);
    await client.call('CLIENT', 'NO-TOUCH', 'ON');
    expect(await client.call('RESET')).toBe('RESET');
    expect(await flags()).toBe('N');
    expect(await counted(get)).toBe(1);
  });

  it('holds while a pipeline goes on, from its place in it', async () => {
    await using under = await startCounting(program!);
    const client = under.client();
    await client.set('k', 'v');
    const before = await frequency(under.client(), 'k');
    const many = client.pipeline();
    for (let i = 0; i < 3; i++) many.get('k');
    many.call('CLIENT', 'NO-TOUCH', 'ON');
    for (let i = 0; i < 20; i++) many.get('k');
    const replies = (await many.exec())!.map(([, reply]) => reply);
    expect(replies).toEqual([...readsOf(3), 'OK', ...readsOf(20)]);
    expect(await frequency(under.client(), 'k')).toBe(before + 3);
  });

  it('is refused with what the server says of a word that is none', async () => {
    await using under = await startReady({ serverProgram: program! });
    const said = under.client().call('CLIENT', 'NO-TOUCH', 'PERHAPS');
    await expect(said).rejects.toThrow('ERR syntax error');
  });

  it('survives the server', async () => {
    await using under = await startCounting(program!);
    const client = under.client();
    await client.call('CLIENT', 'NO-TOUCH', 'ON');
    for (const { host, port } of under.servers) {
      const admin = new Redis({ host, port });
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      admin.disconnect();
    }
    await client.set('k', 'v');
    const before = await frequency(under.client(), 'k');
    await client.get('k');
    expect(await frequency(under.client(), 'k')).toBe(before);
  });
});

describe('CLIENT NO-TOUCH of servers that do not know it', () => {
  it('is answered as they do, and changes nothing', async () => {
    await using under = await startReady({ shards: 1 });
    const client = under.client();
    const [server] = under.servers;
    const direct = new Redis({ host: server!.host, port: server!.port });
    const want = await direct.call('CLIENT', 'NO-TOUCH', 'ON').catch(String);
    direct.disconnect();
    const isKnown = want === 'OK';
    expect(await client.call('CLIENT', 'NO-TOUCH', 'ON').catch(String)).toBe(want);
    expect(await client.client('INFO')).toContain(isKnown ? 'flags=T' : 'flags=N');
    expect(await client.set('k', 'v')).toBe('OK');
  });
});
