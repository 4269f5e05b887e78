/** What tests of faults have in common: a key of a shard, a hold, a slot that moves, a server that begins anew. */
import { loadSettings } from '@keyfleet/runtime';
import { keySlot } from '@keyfleet/slots';
import {
  startRedis,
  temporaryDirectory,
  type Address,
  type ServerProcess,
} from '@keyfleet/testkit';
import { slotOwners, type Hold, type Topology } from '@keyfleet/topology';
import type { Proxy } from '../proxy.ts';
import { proxySettings } from '../settings.ts';
import { eventually } from './eventually.ts';
import {
  runIdOf,
  startProxyUnderTest,
  startQuietProxy,
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
  under.publish(() => ({ holds: [...holds] }));
  await acknowledged(under);
}

/** Shards 0 and 1 change their slots: what was asked of one is the other's. No key moves with them. */
export function swapSlots(under: ProxyUnderTest): void {
  under.publish(({ shards: [a, b, ...rest] }) => ({
    shards: [{ ...a!, slots: b!.slots }, { ...b!, slots: a!.slots }, ...rest],
    holds: [],
  }));
}

/** The shard gets another primary: an empty server. */
export async function replacePrimary(
  under: ProxyUnderTest,
  shard: number,
  args: readonly string[] = [],
): Promise<ServerProcess> {
  const server = await startRedis({ args });
  await promote(under, shard, server);
  return server;
}

/** The shard's primary is now this server, as it lives now. */
export async function promote(
  under: ProxyUnderTest,
  shard: number,
  { host, port }: Address,
): Promise<Topology> {
  const runId = await runIdOf({ host, port });
  return under.publish(({ shards }) => ({
    shards: shards.map((each, i) =>
      i === shard
        ? {
            ...each,
            epoch: each.epoch + 1,
            primary: { id: `heir-${i}-${port}`, host, port, runId },
          }
        : each,
    ),
  }));
}

/** The newest topology is in force. */
export async function acknowledged({ configserver }: ProxyUnderTest): Promise<void> {
  await eventually(() => configserver.acknowledged === configserver.topology!.version);
}

/** A shard more, that gets the slots of the last one when all know of it. No key moves with them. */
export async function addShard(under: ProxyUnderTest): Promise<ServerProcess> {
  const server = await startRedis();
  const { host, port } = server;
  const runId = await runIdOf(server);
  under.publish(({ shards }) => {
    const id = `shard-${shards.length}`;
    const primary = { id: `${id}-0`, host, port, runId };
    return { shards: [...shards, { id, slots: '', epoch: 1, primary, replicas: [] }] };
  });
  await acknowledged(under);
  under.publish(({ shards }) => {
    const [from, to] = shards.slice(-2);
    return {
      shards: [...shards.slice(0, -2), { ...from!, slots: '' }, { ...to!, slots: from!.slots }],
    };
  });
  return server;
}

/** Another proxy of the same cluster, that is ready. It stops with `stop`. */
export async function startBeside(under: ProxyUnderTest, id = 'other'): Promise<Proxy> {
  const directory = await temporaryDirectory();
  const flags = ['--port', '0', '--admin-port', '0', '--configserver', under.configserver.url];
  const argv = [...flags, '--proxy-id', id, '--state-dir', directory.path];
  const proxy = await startQuietProxy(loadSettings(proxySettings, { argv, env: {} }));
  const { adminPort } = proxy;
  await eventually(async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).ok);
  const stop = async (): Promise<void> => {
    await proxy.stop();
    await directory[Symbol.asyncDispose]();
  };
  return { ...proxy, stop };
}

export async function metric({ proxy }: ProxyUnderTest, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`);
  const line = new RegExp(`^keyfleet_proxy_${name}(?:{.*})? (\\S+)$`, 'm');
  return Number(line.exec(await response.text())?.[1]);
}
