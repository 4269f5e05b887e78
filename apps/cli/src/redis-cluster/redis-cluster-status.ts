import { isAlive, type PlatformRecord } from '@keyfleet/local-platform';
import { z } from 'zod';
import { localHost, localUrl } from '../commands.ts';
import type { ShownCluster } from '../shown-cluster.ts';
import { observeNode } from './observe-node.ts';
import { shardsOf } from './shards-of.ts';

/** As the first of its nodes that answers sees it. */
export async function redisClusterStatus(record: PlatformRecord): Promise<ShownCluster> {
  const { cluster: name, addresses, spec, settings } = record;
  const own = new Map(
    await Promise.all(
      Object.entries(addresses).map(async ([id, address]) => {
        const node = { address, pid: pidOf(record, id), view: await observeNode(address) };
        return [id, node] as const;
      }),
    ),
  );
  const views = [...own.values()].flatMap(({ view }) => view ?? []);
  const shards = shardsOf(views[0]?.nodes ?? [], own);
  const isReady =
    views.length === own.size &&
    views.every(({ isServing }) => isServing) &&
    shards.every(({ because }) => because === null);
  const unready = record.hasServed ? ('Degraded' as const) : ('Creating' as const);
  const proxyPid = pidOf(record, 'proxy-0');
  const address = `${localHost(settings.bind)}:${spec.proxy.port}`;
  const topologyVersion = await appliedVersion(localUrl(settings.bind, settings.adminPort));
  const proxies =
    proxyPid === null ? [] : [{ id: 'proxy-0', address, pid: proxyPid, topologyVersion }];
  const status = {
    name,
    phase: isReady ? ('Ready' as const) : unready,
    topologyVersion,
    shards,
    proxies,
  };
  return { name, status, unknown: null };
}

/** Versions are the proxy's own: it counts what it finds. */
async function appliedVersion(adminUrl: string): Promise<number> {
  try {
    const answer = await fetch(`${adminUrl}/topology`, { signal: AbortSignal.timeout(ASK_MS) });
    return Topology.parse(await answer.json()).appliedVersion;
  } catch {
    return 0;
  }
}

const ASK_MS = 1_000;
const Topology = z.object({ appliedVersion: z.int() });

function pidOf({ processes }: PlatformRecord, id: string): number | null {
  const mark = processes[id];
  return mark && isAlive(mark) ? mark.pid : null;
}
