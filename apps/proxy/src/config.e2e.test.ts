/** What was set once with CONFIG SET, at the primaries and shards of later. */
import type { Address, ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import {
  acknowledged,
  addShard,
  hold,
  holdOf,
  keyOf,
  promote,
  replacePrimary,
  startBeside,
  startReady,
} from './testing/scenes.ts';
import { useStopping } from './testing/stopping.ts';
import { talk } from './testing/talk.ts';

let under: ProxyUnderTest;
let client: Redis;
const stopping = useStopping();
beforeEach(async () => {
  under = await startReady();
  client = under.client();
});
afterEach(() => under[Symbol.asyncDispose]());

async function configOf(server: Address, name: string): Promise<string> {
  const [, , value] = /\$\d+\r\n(.*)\r\n\$\d+\r\n(.*)\r\n/.exec(
    await talk(server, [`CONFIG GET ${name}`]),
  )!;
  return value!;
}

async function listening(port = under.proxy.port): Promise<{ heard: string[]; close: () => void }> {
  const subscriber = new Redis({ host: '127.0.0.1', port });
  const heard: string[] = [];
  subscriber.on('message', (_channel, message) => heard.push(message));
  await subscriber.subscribe('__keyevent@0__:set');
  return { heard, close: () => subscriber.disconnect() };
}

describe('keyspace notifications that a client turned on', () => {
  it('come from a primary that is new, from the first write that waited for it', async () => {
    const { heard, close } = await listening();
    await client.config('SET', 'notify-keyspace-events', 'KEA');
    const key = keyOf(under, 0);
    await hold(under, [holdOf({ what: 'all', how: 'cut' })]);
    await under.servers[0]!.kill();
    const written = client.set(key, 'v');
    const heir = stopping(await replacePrimary(under, 0));
    await acknowledged(under);
    await hold(under, []);
    expect(await written).toBe('OK');
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([key]);
    expect(await configOf(heir, 'notify-keyspace-events')).toBe('AKE');
    close();
  });

  it('come from a shard that is new, when it has its first slot', async () => {
    const { heard, close } = await listening();
    await client.config('SET', 'notify-keyspace-events', 'KEA');
    stopping(await addShard(under));
    const key = keyOf(under, 3);
    await acknowledged(under);
    await client.set(key, 'v');
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([key]);
    close();
  });

  it('go on through a proxy that is younger, and had nothing to do with it', async () => {
    await client.config('SET', 'notify-keyspace-events', 'Kx');
    await under.proxy.stop();
    const missed = stopping(await replacePrimary(under, 1));
    const other = stopping(await startBeside(under));
    await eventually(async () => (await configOf(missed, 'notify-keyspace-events')) === 'xK');
    const heir = stopping(await replacePrimary(under, 0));
    await eventually(async () => (await configOf(heir, 'notify-keyspace-events')) === 'xK');
    expect(other.port).toBeGreaterThan(0);
  });

  it('stay off where a client turned them off', async () => {
    await client.config('SET', 'notify-keyspace-events', 'KEA');
    await client.config('SET', 'notify-keyspace-events', '');
    const heir = stopping(await replacePrimary(under, 0));
    await acknowledged(under);
    expect(await configOf(heir, 'notify-keyspace-events')).toBe('');
  });
});

describe('what a client set', () => {
  it('is set at a primary that is new, unless that was started with something else', async () => {
    await client.config('SET', 'slowlog-max-len', '99');
    await client.call('CONFIG', 'SET', 'hz', '20', 'Slowlog-Log-Slower-Than', '77');
    const [plain, other] = [
      stopping(await replacePrimary(under, 0)),
      stopping(await replacePrimary(under, 1, ['--slowlog-max-len', '55'])),
    ];
    await acknowledged(under);
    const all = async (server: Address): Promise<string[]> =>
      Promise.all(
        ['slowlog-max-len', 'hz', 'slowlog-log-slower-than'].map((name) => configOf(server, name)),
      );
    expect(await all(plain)).toEqual(['99', '20', '77']);
    expect(await all(other)).toEqual(['55', '20', '77']);
  });

  it('and another changed through another proxy, is what that one set', async () => {
    const other = stopping(await startBeside(under));
    await client.config('SET', 'hz', '20');
    await talk({ host: '127.0.0.1', port: other.port }, ['CONFIG SET hz 30']);
    const heir = stopping(await replacePrimary(under, 0));
    await eventually(async () => (await configOf(heir, 'hz')) === '30');
  });

  it('in vain is not set later either', async () => {
    await expect(client.config('SET', 'hz', 'many')).rejects.toThrow(/CONFIG SET failed/);
    await Promise.all(under.servers.slice(1).map((server) => talk(server, ['CONFIG SET hz 50'])));
    const heir = stopping(await replacePrimary(under, 0));
    await acknowledged(under);
    expect(await configOf(heir, 'hz')).toBe('10');
  });

  it('of the only shard, is what this proxy set last', async () => {
    await using single = await startReady({ shards: 1 });
    const [server] = single.servers as [ServerProcess];
    await single.client().config('SET', 'hz', '20');
    await single.client().config('SET', 'hz', '30');
    await server.kill();
    const heir = stopping(await replacePrimary(single, 0));
    await eventually(async () => (await configOf(heir, 'hz')) === '30');
  });

  it('is set at the second heir, when the first dies at once and another server is silent', async () => {
    await client.config('SET', 'hz', '20');
    under.servers[2]!.pause();
    await under.servers[0]!.kill();
    const first = stopping(await replacePrimary(under, 0));
    await first.kill();
    const second = stopping(await replacePrimary(under, 0));
    await eventually(async () => (await configOf(second, 'hz')) === '20');
    under.servers[2]!.resume();
    // One that is back is still the one that was there.
    const { version } = await promote(under, 0, second);
    await eventually(() => under.configserver.acknowledged === version);
    expect(await client.config('GET', 'hz')).toEqual(['hz', '20']);
  });
});

it('CONFIG SET of very many names holds nobody up', async () => {
  const names = Array.from({ length: 100_000 }, (_, i) => [`name-${i}`, '1']).flat();
  const replies = await Promise.all([
    client.call('CONFIG', ['SET', ...names, 'dir', '/']).catch(String),
    client.call('CONFIG', ['SET', ...names, 'hz', '1', 'dir', '/', 'HZ', '2']).catch(String),
  ]);
  expect(replies).toEqual([
    expect.stringContaining("'dir') - can't set protected config"),
    expect.stringContaining("'HZ') - duplicate parameter"),
  ]);
});
