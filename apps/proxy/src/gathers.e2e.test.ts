/** Reads over keys of several slots, beside a plain server that has the same keys. */
import { createConnection } from 'node:net';
import { encodeCommand, ReplyDecoder, type Reply } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import { startRedis, type Address, type ServerProcess } from '@keyfleet/testkit';
import { slotOwners } from '@keyfleet/topology';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

let under: ProxyUnderTest;
let plain: ServerProcess;
const connections: Asked[] = [];

beforeAll(async () => {
  under = await startProxyUnderTest({
    flags: { gathers: 'all', 'gather-elements-max': '200', 'gather-bytes-max': '100000' },
  });
  plain = await startRedis();
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});
afterAll(async () => {
  for (const { close } of connections) close();
  await under[Symbol.asyncDispose]();
  await plain.stop();
});

type Ask = (...args: string[]) => Promise<Reply>;
type Asked = { ask: Ask; close: () => void };

/** Arguments are sent a byte per character. */
function connect({ host, port }: Address): Asked {
  const decoder = new ReplyDecoder();
  const waiting: ((reply: Reply) => void)[] = [];
  const socket = createConnection({ host, port });
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next())
      waiting.shift()!(reply);
  });
  const asked: Asked = {
    ask: (...args) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.write(encodeCommand(args.map((arg) => Buffer.from(arg, 'latin1'))));
      }),
    close: () => socket.destroy(),
  };
  connections.push(asked);
  return asked;
}

const proxyAddress = (): Address => ({ host: '127.0.0.1', port: under.proxy.port });

/** The members of a set come in no order. */
function comparable(reply: Reply, name: string): unknown {
  const isSet = ['SUNION', 'SINTER', 'SDIFF'].includes(name);
  if (!isSet || reply === null || !(Symbol.iterator in Object(reply))) return reply;
  const members = [...(reply as Iterable<Reply>)].map((member) => JSON.stringify(member));
  return { isSet: reply instanceof Set, members: members.sort() };
}

const keys = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const key = fc.constantFrom(...keys, 'nosuch');
const members = ['m', 'n', 'o', 'p', 'q', '', 'm\x00', '\xff\xfe', 'é', '10', '9'];
const member = fc.constantFrom(...members);
const score = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -5, max: 5 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('inf', '-inf', '0.1', '1.5', '-0.3', '1e20', '1e-7', '3'),
  },
);
const inAnyCase = (word: string): fc.Arbitrary<string> => fc.constantFrom(word, word.toLowerCase());

const content = fc.oneof(
  { weight: 2, arbitrary: fc.array(member, { minLength: 1, maxLength: 8 }).map((of) => ['SADD', ...of]) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(score, member), { minLength: 1, maxLength: 8 })
      .map((pairs) => ['ZADD', ...pairs.flat()]),
  },
  { weight: 1, arbitrary: fc.constant([]) },
); // prettier-ignore

const limit = fc.option(fc.constantFrom('0', '1', '2', '99', '-1', 'x'), { nil: null });
const counted = (name: string) =>
  fc.tuple(inAnyCase(name), fc.array(key, { minLength: 2, maxLength: 4 }), limit).map(
    ([command, of, max]) => [command, String(of.length), ...of, ...(max === null ? [] : ['LIMIT', max])],
  ); // prettier-ignore

function options(count: number): fc.Arbitrary<string[]> {
  const weights = fc
    .array(fc.oneof(score, fc.constantFrom('0', '-1', '2', 'x', '.5', '1e400')), { minLength: count, maxLength: count })
    .map((of) => ['WEIGHTS', ...of]);
  const aggregate = fc.constantFrom('SUM', 'min', 'MAX', 'x').map((of) => ['AGGREGATE', of]);
  const withScores = inAnyCase('WITHSCORES').map((word) => [word]);
  const wrong = fc.constantFrom(['WEIGHTS'], ['AGGREGATE'], ['LIMIT', '1'], ['x']);
  const part = fc.oneof(
    { weight: 4, arbitrary: weights },
    { weight: 4, arbitrary: aggregate },
    { weight: 6, arbitrary: withScores },
    { weight: 1, arbitrary: wrong },
  );
  return fc.array(part, { maxLength: 3 }).map((parts) => parts.flat());
} // prettier-ignore

const sorted = (name: string) =>
  fc
    .tuple(inAnyCase(name), fc.array(key, { minLength: 2, maxLength: 4 }))
    .chain(([command, of]) =>
      options(of.length).map((rest) => [command, String(of.length), ...of, ...rest]),
    );

const ofSets = (name: string) =>
  fc
    .tuple(inAnyCase(name), fc.array(key, { minLength: 2, maxLength: 4 }))
    .map(([command, of]) => [command, ...of]);

const request = fc.oneof(
  ofSets('SUNION'), ofSets('SINTER'), ofSets('SDIFF'), counted('SINTERCARD'), counted('ZINTERCARD'),
  sorted('ZUNION'), sorted('ZINTER'), sorted('ZDIFF'),
); // prettier-ignore

/** What is wrong in itself is said before the keys are looked at. */
const isSyntax = (reply: Reply): boolean =>
  /^ERR (syntax error|LIMIT can't|weight value)/.test(
    (reply as { text?: string } | null)?.text ?? '',
  );

describe('over slots a read answers as a plain server does', () => {
  it.each([2, 3])('in RESP%i', async (version) => {
    const [ours, theirs] = [connect(proxyAddress()), connect(plain)];
    for (const { ask } of [ours, theirs]) await ask('HELLO', String(version));
    const contents = fc.array(content, { minLength: keys.length, maxLength: keys.length });
    const requests = fc.array(request, { minLength: 1, maxLength: 20 });
    const property = fc.asyncProperty(contents, requests, async (of, asked) => {
      for (const { ask } of [ours, theirs]) {
        await ask('DEL', ...keys);
        for (const [i, [command, ...rest]] of of.entries())
          if (command !== undefined) await ask(command, keys[i]!, ...rest);
      }
      for (const args of asked) {
        const name = args[0]!.toUpperCase();
        const [our, their] = [await ours.ask(...args), await theirs.ask(...args)];
        if (isSyntax(our)) expect(['-ERR', '-WRONGTYPE']).toContain(codeOf(their));
        else expect({ args, reply: comparable(our, name) }).toEqual({ args, reply: comparable(their, name) });
      }
    });
    await fc.assert(property, { numRuns: 60 });
  }, 120_000);
}); // prettier-ignore

const codeOf = (reply: Reply): string =>
  `-${((reply as { text?: string } | null)?.text ?? '').split(' ', 1)[0]!}`;

describe('PFCOUNT over slots', () => {
  it('counts as one server does', async () => {
    const [ours, theirs] = [connect(proxyAddress()), connect(plain)];
    for (const { ask } of [ours, theirs])
      for (const [i, name] of ['h1', 'h2', 'h3'].entries())
        for (let at = 0; at < 400 * (i + 1); at += 100)
          await ask('PFADD', name, ...Array.from({ length: 100 }, (_, n) => `${i}:${at + n}`));
    const asked = ['PFCOUNT', 'h1', 'h2', 'nosuch', 'h3', 'h1'];
    expect(await ours.ask(...asked)).toBe(await theirs.ask(...asked));
    for (const { ask } of [ours, theirs]) {
      await ask('SET', 'text', '');
      await ask('RPUSH', 'list', 'x');
    }
    for (const other of ['text', 'list'])
      expect(await ours.ask('PFCOUNT', 'h1', other)).toEqual(await theirs.ask('PFCOUNT', 'h1', other));
  });
}); // prettier-ignore

describe('a read over slots', () => {
  it('is refused where it is too large, and leaves the client as it was', async () => {
    const { ask } = connect(proxyAddress());
    const many = Array.from({ length: 120 }, (_, i) => `many:${i}`);
    await ask('SADD', 'large1', ...many);
    await ask('SADD', 'large2', ...many);
    expect(await ask('SUNION', 'large1', 'large2')).toMatchObject({
      text: 'ERR Cannot gather SUNION over slots: it would read 240 elements, want at most 200 (gather-elements-max)',
    });
    await ask('SADD', 'long1', 'x'.repeat(60_000));
    await ask('SADD', 'long2', 'y'.repeat(60_000));
    expect(await ask('SUNION', 'long1', 'long2')).toMatchObject({
      text: expect.stringMatching(/^ERR Cannot gather .* bytes, want at most 100000/) as string,
    });
    const names = Array.from({ length: 1100 }, (_, i) => `name:${i}`);
    expect(await ask('SUNION', ...names)).toMatchObject({
      text: expect.stringMatching(/more than 1024 keys/) as string,
    });
    expect(await ask('SUNION', 'large1', 'nosuch')).toHaveLength(120);
  });

  it('keeps its place among the other commands of its client', async () => {
    const { ask } = connect(proxyAddress());
    await ask('DEL', 's1', 's2');
    const replies = await Promise.all([
      ask('SADD', 's1', 'x'),
      ask('SUNION', 's1', 's2'),
      ask('SADD', 's2', 'y'),
      ask('SUNION', 's1', 's2'),
      ask('PING'),
    ]);
    expect(replies).toEqual([1, ['x'], 1, expect.arrayContaining(['x', 'y']), { type: 'status', text: 'PONG' }]);
  });

  it('is aborted in a transaction, which stands in one slot', async () => {
    const { ask } = connect(proxyAddress());
    await ask('MULTI');
    expect(await ask('SUNION', 's1', 's2')).toMatchObject({ text: expect.stringMatching(/^CROSSSLOT/) as string });
    await ask('DISCARD');
  });

  it('is answered with CROSSSLOT where nobody asked for it', async () => {
    await using other = await startProxyUnderTest({ flags: { gathers: 'sunion,pfcount' } });
    await eventually(async () => ((await other.admin('/readyz')) as { ready: boolean }).ready);
    const client = other.client();
    await client.sadd('s1', 'x');
    expect(await client.sunion('s1', 's2')).toEqual(['x']);
    await expect(client.sinter('s1', 's2')).rejects.toThrow(/^CROSSSLOT/);
  });

  it('that waits for a slot that moves reads where it went', async () => {
    await using other = await startProxyUnderTest({ flags: { gathers: 'all' } });
    await eventually(async () => ((await other.admin('/readyz')) as { ready: boolean }).ready);
    const client = other.client();
    const owners = slotOwners(other.configserver.topology!);
    const ownerOf = (name: string): number => owners[keySlot(Buffer.from(name), 0, name.length)]!;
    const names = Array.from({ length: 100 }, (_, i) => `s${i}`);
    const [moved, stays] = [0, 2].map((shard) => names.find((name) => ownerOf(name) === shard)!);
    await client.sadd(moved!, 'left behind');
    await client.sadd(stays!, 'stays');
    await connect(other.servers[1]!).ask('SADD', moved!, 'moved');
    const hold = { id: 'h1', shard: 'shard-0', what: 'all', how: 'drain', drainMs: 1000 } as const;
    other.publish(() => ({ holds: [hold] }));
    await eventually(() => other.configserver.acknowledged === 2);
    const asked = client.sunion(moved!, stays!);
    await eventually(async () => ((await other.admin('/clients')) as { pending: number }[]).some(({ pending }) => pending === 1));
    other.publish(({ shards: [first, second, third] }) => ({
      holds: [],
      shards: [{ ...first!, slots: second!.slots }, { ...second!, slots: first!.slots }, third!],
    }));
    expect((await asked).toSorted()).toEqual(['moved', 'stays']);
  });

  it('of which a server dies is answered, with the error that says so', async () => {
    await using other = await startProxyUnderTest({ flags: { gathers: 'all', 'hold-queue-ms': '300' } });
    await eventually(async () => ((await other.admin('/readyz')) as { ready: boolean }).ready);
    const client = other.client();
    const names = Array.from({ length: 30 }, (_, i) => `s${i}`);
    for (const name of names) await client.sadd(name, name);
    expect(await client.sunion(...names)).toHaveLength(30);
    other.servers[1]!.pause();
    const asked = client.sunion(...names);
    asked.catch(() => undefined);
    await other.servers[1]!.kill();
    await expect(asked).rejects.toThrow(/^CLUSTERDOWN/);
    await expect(client.sunion(...names)).rejects.toThrow(/^CLUSTERDOWN/);
    expect(await client.ping()).toBe('PONG');
  });
}); // prettier-ignore
