/**
 * Pipelined clients over slots that move without an end: each reads what it wrote before, whatever of it was redirected,
 * waited, or was refused in the end. Each client has keys of its own, so it knows what every reply has to be.
 */
import { startRedisCluster, type RedisCluster } from '@keyfleet/testkit';
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { ProxyOverCluster, slotOf } from './testing/proxy-over-cluster.ts';

const TAGS = ['t1', 't2', 't3', 't4'];
const CLIENTS = 4;
const PIPELINED = 30;
const MOVES = 16;

/** Says many things at once, over and over, and checks the replies in their order. */
class Caller {
  readonly faults: string[] = [];
  readonly #client: Redis;
  readonly #name: string;
  /** What its keys have, by the replies so far. */
  readonly #known = new Map<string, string>();
  #sequence = 0;

  constructor(client: Redis, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async round(): Promise<void> {
    const commands = Array.from({ length: PIPELINED }, () => this.#command());
    const replies = await this.#client.pipeline(commands).exec();
    commands.forEach((command, i) => this.#check(command, ...replies![i]!));
  }

  #command(): string[] {
    const one = (of: readonly string[]): string => of[Math.floor(Math.random() * of.length)]!;
    const tag = one(TAGS);
    const [a, b] = [`{${tag}}a${this.#name}`, `{${tag}}b${this.#name}`] as [string, string];
    const value = String(++this.#sequence);
    const kind = one(['set', 'mset', 'get', 'mget']);
    if (kind === 'set') return ['set', one([a, b]), value];
    if (kind === 'mset') return ['mset', a, value, b, value];
    return kind === 'get' ? ['get', a] : ['mget', a, b];
  }

  #check([name, ...rest]: string[], error: Error | null, reply: unknown): void {
    if (error !== null) {
      if (!error.message.startsWith('TRYAGAIN Multiple keys')) this.faults.push(error.message);
    } else if (name!.endsWith('set')) {
      for (let i = 0; i < rest.length; i += 2) this.#known.set(rest[i]!, rest[i + 1]!);
    } else {
      const wanted = rest.map((key) => this.#known.get(key) ?? null);
      const got = [reply].flat();
      if (String(got) !== String(wanted)) this.faults.push(`${name!} ${rest.join()}: ${String(got)}, want ${String(wanted)}`);
    }
  }
} // prettier-ignore

/** Its keys go in two parts, with time between. */
async function moveSlowly(cluster: RedisCluster, tag: string): Promise<void> {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  const key = `{${tag}}`;
  const from = await cluster.ownerOf(key);
  const others = (await cluster.primaries()).filter((node) => node !== from);
  const to = others[Math.floor(Math.random() * others.length)]!;
  const move = { slot: slotOf(key), from, to };
  await cluster.beginMove(move);
  const some = (await from.ask('CLUSTER', 'GETKEYSINSLOT', String(move.slot), '3')) as string[];
  await pause();
  if (some.length > 0) await cluster.moveKeys({ ...move, keys: some });
  await pause();
  await cluster.moveKeys(move);
  await cluster.endMove(move);
}

it('keeps the order of what a client asked of a slot', async () => {
  await using cluster = await startRedisCluster({ primaries: 3, replicasPerPrimary: 0 });
  await using before = await ProxyOverCluster.before(cluster);
  const callers = Array.from(
    { length: CLIENTS },
    (_, i) => new Caller(before.ioredis(), String(i)),
  );
  let isOver = false;
  const calling = callers.map(async (caller) => {
    while (!isOver) await caller.round();
  });
  for (let i = 0; i < MOVES; i++) await moveSlowly(cluster, TAGS[i % TAGS.length]!);
  isOver = true;
  await Promise.all(calling);
  expect(callers.flatMap(({ faults }) => faults)).toEqual([]);
  expect(await before.metric('redirects_ask_total')).toBeGreaterThan(0);
});
