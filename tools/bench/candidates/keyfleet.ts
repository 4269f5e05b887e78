/** The proxy of a checkout over stock servers of its own. */
import { startRedis, type ServerProcess } from '@keyfleet/testkit';
import { distributeSlots, type Topology } from '@keyfleet/topology';
import { ask } from '../run/ask.ts';
import type { Start } from './candidates.ts';
import { startControlPlaneStub } from './control-plane-stub.ts';
import { startKeyfleetProcess } from './keyfleet-process.ts';

export type Ours = {
  readonly root: string;
  readonly shards?: number;
  readonly flags?: readonly string[];
};

export const startKeyfleet =
  ({ root, shards = 3, flags = [] }: Ours): Start =>
  async (stack) => {
    const servers: ServerProcess[] = [];
    for (let n = 0; n < shards; n++) servers.push(stack.use(await startRedis()));
    const controlPlane = stack.use(await startControlPlaneStub(await topologyOf(servers)));
    const upstream = { configserver: controlPlane.url };
    const proxy = await startKeyfleetProcess({ root, upstream, flags }, stack);
    const serverPids = servers.map(({ pid }) => pid);
    return 'absent' in proxy ? proxy : { ...proxy, isCluster: false, serverPids };
  };

async function topologyOf(servers: readonly ServerProcess[]): Promise<Topology> {
  const slots = distributeSlots(servers.length);
  const shards = await Promise.all(
    servers.map(async (server, index) => ({
      id: `shard-${index}`,
      slots: slots[index]!,
      epoch: 1,
      primary: {
        id: `shard-${index}-0`,
        runId: /^run_id:(\w+)/m.exec(await ask(server, 'INFO server'))![1]!,
        host: server.host,
        port: server.port,
      },
      replicas: [],
    })),
  );
  return { cluster: 'default', version: 1, shards, holds: [] };
}
