/** What tests of faults have in common: a key of a shard, a hold, a slot that moves, a server that begins anew. */
import { keySlot } from '@keyfleet/slots';
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { slotOwners, type Hold } from '@keyfleet/topology';
import { eventually } from './eventually.ts';
import {
  runIdOf,
  startProxyUnderTest,
  type Options,
  type ProxyUnderTest,
} from './proxy-under-test.ts';

export async function startReady(options: Options = {}): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest(options);
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
  return under;
}

/** A key of the shard with this index. */
export function keyOf(under: ProxyUnderTest, shard: number, name = 'k'): string {
  const owners = slotOwners(under.configserver.topology!);
  for (let i = 0; ; i++) {
    const key = Buffer.from(`${name}:${i}`);
    if (owners[keySlot(key, 0, key.length)] === shard) return key.toString();
  }
}

export const holdOf = (over: Partial<Hold> = {}): Hold => ({
  id: 'h1',
  shard: 'shard-0',
  what: 'writes',
  how: 'drain',
  drainMs: 2000,
  ...over,
});

/** Publishes holds, and waits until they are acknowledged. */
export async function hold(under: ProxyUnderTest, holds: readonly Hold[]): Promise<void> {
  const { version } = under.publish(() => ({ holds: [...holds] }));
  await eventually(() => under.configserver.acknowledged === version);
}

/** Shards 0 and 1 change their slots: what was asked of one is the other's. No key moves with them. */
export function swapSlots(under: ProxyUnderTest): void {
  under.publish(({ shards: [a, b, ...rest] }) => ({
    shards: [{ ...a!, slots: b!.slots }, { ...b!, slots: a!.slots }, ...rest],
    holds: [],
  }));
}

/** The shard gets another primary: an empty server. */
export async function replacePrimary(under: ProxyUnderTest, shard: number): Promise<ServerProcess> {
  const server = await startRedis();
  const runId = await runIdOf(server);
  under.publish(({ shards }) => ({
    shards: shards.map((each, i) =>
      i === shard
        ? { ...each, primary: { id: `heir-${i}`, host: server.host, port: server.port, runId } }
        : each,
    ),
  }));
  return server;
}

export async function metric({ proxy }: ProxyUnderTest, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`);
  const line = new RegExp(`^keyfleet_proxy_${name}(?:{.*})? (\\S+)$`, 'm');
  return Number(line.exec(await response.text())?.[1]);
}
