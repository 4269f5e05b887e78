/** A server that does not answer in time: its clients do not wait for it, and the connection that all share goes on. */
import { keySlot } from '@keyfleet/slots';
import { slotOwners } from '@keyfleet/topology';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

const OP_TIMEOUT_MS = 300;

let under: ProxyUnderTest;

beforeAll(async () => {
  under = await startProxyUnderTest({
    shards: 2,
    serverArgs: ['--busy-reply-threshold', String(OP_TIMEOUT_MS)],
    flags: { 'op-timeout-ms': String(OP_TIMEOUT_MS) },
  });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});

afterAll(() => under[Symbol.asyncDispose]());

function keyOf(shard: number, name = 'k'): string {
  const owners = slotOwners(under.configserver.topology!);
  for (let i = 0; ; i++) {
    const key = Buffer.from(`${name}:${i}`);
    if (owners[keySlot(key, 0, key.length)] === shard) return key.toString();
  }
}

/** The server answers nothing until `act` is over. */
async function whileStopped(shard: number, act: () => Promise<void>): Promise<void> {
  under.servers[shard]!.pause();
  try {
    await act();
  } finally {
    under.servers[shard]!.resume();
  }
}

/** The ids by which a server knows its connections, but that which asks. */
async function connectionsOf(shard: number): Promise<string[]> {
  const { host, port } = under.servers[shard]!;
  const redis = new Redis({ host, port });
  try {
    const [list, own] = [String(await redis.client('LIST')), String(await redis.client('ID'))];
    const ids = [...list.matchAll(/^id=(\d+) /gm)].map(([, id]) => id!);
    return ids.filter((id) => id !== own).toSorted();
  } finally {
    redis.disconnect();
  }
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `value ${String(value)}`,
    (error: unknown) => (error as Error).message.split(' ', 1)[0]!,
  );

describe('a request that is not answered in time', () => {
  it('is answered with an error, and its connection goes on', async () => {
    const [client, other] = [under.client(), under.client()];
    const key = keyOf(0);
    await client.set(key, 'before');
    await connectionsOf(0);
    const before = await connectionsOf(0);
    await whileStopped(0, async () => {
      const requests = [client.get(key), client.set(key, 'late'), other.get(key), other.incr(keyOf(0, 'n'))];
      expect(await Promise.all(requests.map(codeOf))).toEqual(['TIMEOUT', 'UNCERTAIN', 'TIMEOUT', 'UNCERTAIN']);
      expect(await client.set(keyOf(1), 'elsewhere')).toBe('OK');
    });
    // What comes late is nobody's: all that is asked now gets its own reply.
    expect(await Promise.all([client.get(key), other.get(keyOf(0, 'n')), client.echo('x')])).toEqual(['late', '1', 'x']);
    // One more asks whether the server is busy.
    expect(await connectionsOf(0)).toEqual(expect.arrayContaining(before));
  }); // prettier-ignore

  it('may get a huge reply late, in parts', async () => {
    const client = under.client();
    const key = keyOf(0, 'huge');
    await client.set(key, Buffer.alloc(8 * 1024 * 1024, 'x'));
    const before = await connectionsOf(0);
    await whileStopped(0, async () => {
      expect(await codeOf(client.get(key))).toBe('TIMEOUT');
    });
    expect(await client.strlen(key)).toBe(8 * 1024 * 1024);
    expect((await client.get(key))!.length).toBe(8 * 1024 * 1024);
    // One more asks whether the server is busy.
    expect(await connectionsOf(0)).toEqual(expect.arrayContaining(before));
  });

  it('may be part of a command over several shards, which says where', async () => {
    const client = under.client();
    const keys = [keyOf(0), keyOf(1)];
    await client.mset(keys[0]!, 'a', keys[1]!, 'b');
    await whileStopped(0, async () => {
      await expect(client.mget(...keys)).rejects.toThrow(
        /^TIMEOUT MGET failed on 1 of 2 shards \(shard-0-0: TIMEOUT/,
      );
      await expect(client.mset(keys[0]!, 'c', keys[1]!, 'd')).rejects.toThrow(/^UNCERTAIN MSET/);
      expect(await codeOf(client.dbsize())).toBe('TIMEOUT');
    });
    expect(await client.mget(...keys)).toEqual(['c', 'd']);
  });

  it('may be a transaction, of which all or nothing is done', async () => {
    const client = under.client();
    const key = keyOf(0, 'counted');
    await whileStopped(0, async () => {
      expect(await codeOf(client.multi().incr(key).incr(key).exec())).toBe('UNCERTAIN');
    });
    expect(await client.multi().incr(key).get(key).exec()).toEqual([[null, 3], [null, '3']]);
  }); // prettier-ignore

  it('is counted', async () => {
    const text = await (
      await fetch(`http://127.0.0.1:${under.proxy.adminPort}/metrics`)
    ).text();
    expect(Number(/^keyfleet_proxy_timed_out_total (\d+)/m.exec(text)![1])).toBeGreaterThan(8);
  }); // prettier-ignore
});

describe('what takes its time', () => {
  it('is a command that blocks', async () => {
    const client = under.client();
    const startedMs = performance.now();
    expect(await client.blpop(keyOf(0, 'empty'), 1)).toBeNull();
    expect(performance.now() - startedMs).toBeGreaterThan(OP_TIMEOUT_MS);
  });

  it('is a script, and whatever was sent behind it', async () => {
    const [client, other] = [under.client(), under.client()];
    const key = keyOf(0);
    await client.set(key, 'v');
    const spin = `local t = redis.call('TIME') repeat local n = redis.call('TIME')
      until n[1] * 1000000 + n[2] - t[1] * 1000000 - t[2] > 1500000 return 'done'`;
    expect(await Promise.all([client.eval(spin, 1, key), other.get(key)])).toEqual(['done', 'v']);
  });
});
