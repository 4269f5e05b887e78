/** SLOWLOG through the proxy: what its clients waited for, beside what the servers worked on. Relations, no times. */
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import type { ProxyUnderTest } from './testing/proxy-under-test.ts';
import { hold, holdOf, keyOf, metric, startReady } from './testing/scenes.ts';

type Entry = {
  id: number;
  durationUs: number;
  words: string[];
  address: string;
  name: string;
};
type View = Entry & {
  arguments: string[];
  clientName: string;
  node: string | null;
  queuedUs: number;
  remoteUs: number;
  proxyUs: number;
};

/** More than the threshold of 10 ms, whatever else the machine does. */
const PAUSE_MS = 60;
const MANY = 1000;

const entriesOf = async (client: Redis): Promise<Entry[]> =>
  ((await client.call('SLOWLOG', 'GET', MANY)) as unknown[][]).map((entry) => {
    expect(entry).toHaveLength(6);
    const [id, , durationUs, words, address, name] = entry as [number, number, number, string[], string, string]; // prettier-ignore
    return { id, durationUs, words, address, name };
  });
const viewsOf = async (under: ProxyUnderTest): Promise<View[]> =>
  (await under.admin('/slowlog')) as View[];

/** The proxy's own connections, as the servers see them, have a name of their own. There is one to each shard. */
async function named(under: ProxyUnderTest, name: string): Promise<Redis> {
  const client = under.client();
  await client.client('SETNAME', name);
  for (let shard = 0; shard < under.servers.length; shard++) await client.get(keyOf(under, shard));
  await client.call('SLOWLOG', 'RESET');
  return client;
}

/** Does it while a server hangs, for as long as `ms`. */
async function whileHanging<T>(
  under: ProxyUnderTest,
  shard: number,
  does: () => Promise<T>,
): Promise<T> {
  const server = under.servers[shard]!;
  server.pause();
  const doing = does();
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  server.resume();
  return doing;
}

describe('a server that hangs', () => {
  it('shows in the slow log, as the client saw it, and where the time went', async () => {
    await using under = await startReady();
    const client = await named(under, 'waiting');
    const key = keyOf(under, 1);
    await whileHanging(under, 1, () => client.get(key));
    const entry = (await entriesOf(client)).find(({ words }) => words[1] === key)!;
    expect(entry.name).toBe('waiting');
    expect(await client.client('INFO')).toContain(`addr=${entry.address} `);
    expect(entry.durationUs).toBeGreaterThan(10_000);
    const view = (await viewsOf(under)).find((one) => one.arguments[1] === key)!;
    expect(view).toMatchObject({
      node: 'shard-1-0',
      clientName: 'waiting',
      address: entry.address,
    });
    expect(view.durationUs).toBe(entry.durationUs);
    expect(view.remoteUs).toBeGreaterThan(view.queuedUs + view.proxyUs);
    expect(await metric(under, 'slow_requests_total')).toBeGreaterThan(0);
  });

  it('has an entry for what went to it, not for all that waited behind that', async () => {
    await using under = await startReady();
    const client = await named(under, 'waiting');
    const [slow, quick] = [keyOf(under, 1), keyOf(under, 2)];
    await whileHanging(under, 1, () => client.pipeline().get(slow).get(quick).get(slow).exec());
    await whileHanging(under, 1, () => client.mget(slow, quick));
    await whileHanging(under, 1, () => client.multi().set(slow, 1).get(slow).exec());
    const views = (await viewsOf(under)).filter(({ node }) => node === 'shard-1-0');
    expect(views.map((view) => view.arguments.join(' ').toUpperCase()).reverse()).toEqual(
      [`GET ${slow}`, `GET ${slow}`, `MGET ${slow}`, 'EXEC'].map((text) => text.toUpperCase()),
    );
  });

  it('is not slow for who blocks on purpose', async () => {
    await using under = await startReady();
    const [client, other] = [under.client(), under.client()];
    const key = keyOf(under, 1);
    const popped = client.blpop(key, 0);
    await eventually(async () => (await other.info('clients')).includes('blocked_clients:1'));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await other.rpush(key, 'x');
    expect(await popped).toEqual([key, 'x']);
    const words = (await viewsOf(under)).map((view) => view.arguments[0]!.toUpperCase());
    expect(words).not.toContain('BLPOP');
  });

  it('and dies has what was pending in the log, whatever became of it', async () => {
    await using under = await startReady({ flags: { 'hold-queue-ms': '300' } });
    const [client, reader] = [await named(under, 'hurt'), await named(under, 'reader')];
    const [written, read] = [keyOf(under, 1, 'w'), keyOf(under, 1, 'r')];
    under.servers[1]!.pause();
    const answers = Promise.all(
      [client.set(written, 1), reader.get(read)].map((answer) => answer.catch(String)),
    );
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await under.servers[1]!.kill();
    const [write, reading] = await answers;
    expect(write).toMatch(/UNCERTAIN/);
    expect(reading).toMatch(/Error/);
    const views = await viewsOf(under);
    const viewOf = (key: string): View => views.find((view) => view.arguments[1] === key)!;
    expect(viewOf(written)).toMatchObject({ node: 'shard-1-0', clientName: 'hurt' });
    expect(viewOf(written).remoteUs).toBeGreaterThan(10_000);
    expect(viewOf(read)).toMatchObject({ node: 'shard-1-0', clientName: 'reader' });
    // It waited for the server to come back, too.
    expect(viewOf(read).durationUs).toBeGreaterThan(viewOf(written).durationUs);
  });
});

describe('a hold', () => {
  it('is time in a queue', async () => {
    await using under = await startReady();
    const client = await named(under, 'held');
    const key = keyOf(under, 0);
    await hold(under, [holdOf({ what: 'all' })]);
    const got = client.set(key, 1);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    under.publish(() => ({ holds: [] }));
    expect(await got).toBe('OK');
    const view = (await viewsOf(under)).find((one) => one.arguments[1] === key)!;
    expect(view.queuedUs).toBeGreaterThan(view.remoteUs + view.proxyUs);
  });

  it('that lasts for too long is in the log too', async () => {
    await using under = await startReady({ flags: { 'hold-queue-ms': '100' } });
    const key = keyOf(under, 0);
    await hold(under, [holdOf({ what: 'all' })]);
    await expect(under.client().set(key, 1)).rejects.toThrow('TRYAGAIN');
    const view = (await viewsOf(under)).find((one) => one.arguments[1] === key)!;
    expect(view).toMatchObject({ node: null, remoteUs: 0 });
    expect(view.queuedUs).toBeGreaterThan(10_000);
  });
});

describe('SLOWLOG', () => {
  it('is of all servers and the proxy: each entry has an id of its own, LEN counts, RESET empties', async () => {
    await using under = await startReady();
    const client = await named(under, 'me');
    await client.config('SET', 'slowlog-log-slower-than', 0);
    await client.call('SLOWLOG', 'RESET');
    for (let shard = 0; shard < 3; shard++) await client.get(keyOf(under, shard));
    const gets = (await entriesOf(client)).filter(({ words }) => words[0] === 'get');
    const [ours, theirs] = [
      gets.filter(({ name }) => name === 'me'),
      gets.filter(({ name }) => name !== 'me'),
    ];
    expect([ours.length, theirs.length]).toEqual([3, 3]);
    // What the client waited for has in it what the server worked.
    for (const { words, durationUs } of theirs)
      expect(ours.find((own) => own.words[1] === words[1])!.durationUs).toBeGreaterThanOrEqual(
        durationUs,
      );
    await client.config('SET', 'slowlog-log-slower-than', -1);
    const all = await entriesOf(client);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(await client.call('SLOWLOG', 'LEN')).toBe(all.length);
    expect((await entriesOf(client)).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(await client.call('SLOWLOG', 'GET', 2)).toHaveLength(2);
    expect(await client.call('SLOWLOG', 'RESET')).toBe('OK');
    expect(await client.call('SLOWLOG', 'LEN')).toBe(0);
    expect(await viewsOf(under)).toEqual([]);
  });

  it('changes with CONFIG SET, if the servers take it', async () => {
    await using under = await startReady({ flags: { 'slowlog-log-slower-than': '-1' } });
    const client = under.client();
    const own = async (): Promise<number> => {
      await client.get('k');
      return (await viewsOf(under)).length;
    };
    const wrong = client.config('SET', 'slowlog-log-slower-than', 0, 'slowlog-max-len', 'x');
    await expect(wrong).rejects.toThrow('CONFIG SET failed');
    expect(await own()).toBe(0);
    await client.config('SET', 'slowlog-max-len', 5, 'SLOWLOG-LOG-SLOWER-THAN', 0);
    for (let i = 0; i < 10; i++) await own();
    expect(await own()).toBe(5);
  });

  it('does not show the question by which it is shown', async () => {
    await using under = await startReady();
    const client = under.client();
    await client.config('SET', 'slowlog-log-slower-than', '0');
    await client.call('SLOWLOG', 'RESET');
    await client.get('k');
    const shown = (await entriesOf(client)).map(({ words }) => words.join(' '));
    expect(shown).toContain('get k');
    expect(shown.filter((words) => words.startsWith('SLOWLOG GET'))).toEqual([]);
  });

  it('begins with the settings of the proxy', async () => {
    const flags = { 'slowlog-log-slower-than': '0', 'slowlog-max-len': '2' };
    await using under = await startReady({ flags });
    for (let i = 0; i < 5; i++) await under.client().get(`k${i}`);
    expect(await viewsOf(under)).toHaveLength(2);
  });
});
