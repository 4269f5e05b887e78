/** The proxy of a checkout over stock servers, its settings at their defaults but for the connections. */
import { join } from 'node:path';
import { freeAddress, startRedis, temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';
import { distributeSlots, type Topology } from '@keyfleet/topology';
import { ask } from '../run/ask.ts';
import { OwnProcess, ProcessEndedError } from '../run/own-process.ts';
import type { Start } from './candidates.ts';
import { startControlPlaneStub } from './control-plane-stub.ts';

const READY_WITHIN_MS = 20_000;
/** Workers share it out, and the system does not give each the same number of 10,000 connections. */
const CLIENTS_MAX = 15_000;
/** EX_CONFIG: a setting that this checkout does not know. */
const REFUSED = 78;

export type Ours = {
  readonly root: string;
  readonly shards?: number;
  readonly flags?: readonly string[];
};

/** As `keyfleet up` starts it (apps/cli/src/commands.ts). */
const NODE_FLAGS = ['--max-semi-space-size=2'];

export const startKeyfleet =
  ({ root, shards = 3, flags = [] }: Ours): Start =>
  async (stack) => {
    const servers: ServerProcess[] = [];
    for (let n = 0; n < shards; n++) servers.push(stack.use(await startRedis()));
    const controlPlane = stack.use(await startControlPlaneStub(await topologyOf(servers)));
    const state = stack.use(await temporaryDirectory());
    const address = await freeAddress();
    const admin = await freeAddress();
    const settings = {
      bind: address.host,
      port: address.port,
      'admin-port': admin.port,
      configserver: controlPlane.url,
      'state-dir': state.path,
      'clients-max': CLIENTS_MAX,
      'log-level': 'warn',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const main = join(root, 'apps/proxy/src/main.ts');
    const proxy = stack.use(
      await OwnProcess.start(process.execPath, [...NODE_FLAGS, main, ...args, ...flags]),
    );
    try {
      await proxy.until(
        async () => (await ask(address, 'GET ready')).startsWith('$'),
        READY_WITHIN_MS,
      );
    } catch (error) {
      if (!(error instanceof ProcessEndedError) || error.exitCode !== REFUSED) throw error;
      return { absent: error.log.trim().replaceAll(/\s+/g, ' ') };
    }
    return {
      version: `node ${process.version}`,
      address,
      isCluster: false,
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
