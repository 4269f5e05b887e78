/** A server dies: who does not need it notices nothing, and it comes back by itself with its data. */
import { beforeAll, describe, expect, it } from 'vitest';
import { usePlatform } from './platform.ts';
import { Random } from './random.ts';
import { RawClient, serverOf } from './raw-client.ts';
import { tagIn } from './tag-in.ts';
import { Verifier } from './verifier.ts';

const RECOVERY = { timeout: 30_000, interval: 200 };

const platform = usePlatform();
const random = new Random(Random.seedOf(process.env['KEYFLEET_E2E_SEED']));

describe(`kill -9 (KEYFLEET_E2E_SEED=${random.seed})`, { timeout: 90_000 }, () => {
  const tags = new Map<string, string>();
  beforeAll(async () => {
    const { shards } = await platform.current.status();
    for (const shard of shards) tags.set(shard.id, tagIn(shard));
  });

  it('of a replica: no client sees it, and it is a readable replica again', async () => {
    await using load = await startLoad([...tags.values()]);
    const before = (await platform.current.shard('shard-0')).replicas[0]!;
    process.kill(before.pid!, 'SIGKILL');
    await expect
      .poll(async () => (await platform.current.shard('shard-0')).replicas[0], RECOVERY)
      .toSatisfy((node: typeof before) => node.state === 'replica' && node.pid !== before.pid);

    expect(load.checked).toBeGreaterThan(0);

    using client = await RawClient.connect(platform.current);
    const key = `{${tags.get('shard-0')!}}after`;
    await client.call('SET', key, 'replicated');
    const { replicas } = await platform.current.shard('shard-0');
    using replica = await RawClient.connect(serverOf(replicas[0]!.address));
    await expect.poll(() => replica.call('GET', key), RECOVERY).toBe('replicated');
  });

  it('of a primary: clients of the other shards do not see it, and the shard is back with all it confirmed', async () => {
    const lost = 'shard-1';
    const others = [...tags].filter(([id]) => id !== lost).map(([, tag]) => tag);
    await using load = await startLoad(others);
    const confirmed = await writeKeys(tags.get(lost)!, 500);
    const before = (await platform.current.shard(lost)).primary!;
    process.kill(before.pid!, 'SIGKILL');

    using client = await RawClient.connect(platform.current);
    const keys = [...confirmed.keys()];
    await expect
      .poll(() => client.call('MGET', ...keys), RECOVERY)
      .toEqual([...confirmed.values()]);
    await expect
      .poll(() => client.call('SET', keys[0]!, 'again'), RECOVERY)
      .toEqual({ type: 'status', text: 'OK' });
    await expect
      .poll(async () => (await platform.current.shard(lost)).replicas[0]?.state, RECOVERY)
      .toBe('replica');
    expect((await platform.current.shard(lost)).primary).not.toMatchObject({ pid: before.pid });
    expect(load.checked).toBeGreaterThan(0);
  });

  /** Clients that check each reply until the end of the test; a wrong one fails it there. */
  async function startLoad(
    tagsOfKeys: readonly string[],
  ): Promise<AsyncDisposable & { readonly checked: number }> {
    const end = new AbortController();
    const verifiers = await Promise.all(
      tagsOfKeys.flatMap((tag, i) =>
        [0, 1].map((twin) =>
          Verifier.connect(
            platform.current,
            random.fork(2 * i + twin),
            (index) => `{${tag}}:${twin}:${index}`,
          ),
        ),
      ),
    );
    const running = Promise.all(verifiers.map((verifier) => verifier.runUntil(end.signal)));
    running.catch(() => undefined); // who ends it hears of it
    return {
      get checked() {
        return verifiers.reduce((sum, verifier) => sum + verifier.checked, 0);
      },
      [Symbol.asyncDispose]: async () => {
        end.abort();
        await running;
        for (const verifier of verifiers) verifier[Symbol.dispose]();
      },
    };
  }
});

async function writeKeys(tag: string, count: number): Promise<Map<string, string>> {
  using client = await RawClient.connect(platform.current);
  const written = new Map<string, string>();
  for (let i = 0; i < count; i++) written.set(`{${tag}}kept:${i}`, `value ${i}`);
  const commands = [...written].map(([key, value]) => ['SET', key, value]);
  for (const reply of await client.pipeline(commands))
    expect(reply).toEqual({ type: 'status', text: 'OK' });
  return written;
}
