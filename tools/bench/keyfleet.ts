/** The proxy of a checkout over three stock servers, its settings at their defaults. */
import { join } from 'node:path';
import { freeAddress, startRedis, temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';
import { distributeSlots, type Topology } from '@keyfleet/topology';
import { startControlPlaneStub } from './control-plane-stub.ts';
import { ask } from './ask.ts';
import { OwnProcess } from './own-process.ts';
import type { Start } from './candidates.ts';

const SHARDS = 3;
const READY_WITHIN_MS = 20_000;

export const startKeyfleet =
  (root: string): Start =>
  async (stack) => {
    const servers: ServerProcess[] = [];
    for (let n = 0; n < SHARDS; n++) servers.push(stack.use(await startRedis()));
    const controlPlane = stack.use(await startControlPlaneStub(await topologyOf(servers)));
    const state = stack.use(await temporaryDirectory());
    const address = await freeAddress();
    const admin = await freeAddress();
    const flags = {
      bind: address.host,
      port: address.port,
      'admin-port': admin.port,
      configserver: controlPlane.url,
      'state-dir': state.path,
      'log-level': 'warn',
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const proxy = stack.use(
      await OwnProcess.start(process.execPath, [
        // As `keyfleet up` starts it (apps/cli/src/commands.ts).
        '--max-semi-space-size=2',
        join(root, 'apps/proxy/src/main.ts'),
        ...args,
      ]),
    );
    await proxy.until(
      async () => (await ask(address, 'GET ready')).startsWith('$'),
      READY_WITHIN_MS,
    );
    return {
      version: `node ${process.version}`,
      address,
      proxyPid: proxy.pid,
      serverPids: servers.map(({ pid }) => pid),
    };
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
