import { setTimeout as delay } from 'node:timers/promises';
import { freeAddress, startRedis, type ServerProcess } from '@keyfleet/testkit';
import { distributeSlots } from '@keyfleet/topology';
import { ask } from '../run/ask.ts';

const MASTERS = 3;
const READY_WITHIN_MS = 20_000;

/** Three masters without replicas; ready when all know each other. */
export async function startRedisCluster(stack: AsyncDisposableStack): Promise<ServerProcess[]> {
  const masters: ServerProcess[] = [];
  const slots = distributeSlots(MASTERS);
  for (let n = 0; n < MASTERS; n++) {
    const address = await freeAddress();
    const bus = await freeAddress();
    const settings = {
      'cluster-enabled': 'yes',
      // Its default is the port + 10000, which may lie beyond 65535.
      'cluster-port': bus.port,
      // A server tells the others' addresses from their connections, which all come from 127.0.0.1.
      'cluster-announce-ip': address.host,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const master = stack.use(await startRedis({ address, args }));
    masters.push(master);
    await expectOk(master, `CLUSTER ADDSLOTSRANGE ${slots[n]!.replace('-', ' ')}`);
    await expectOk(master, `CLUSTER SET-CONFIG-EPOCH ${n + 1}`);
    await expectOk(masters[0]!, `CLUSTER MEET ${master.host} ${master.port} ${bus.port}`);
  }
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  for (const master of masters) {
    while (!/cluster_state:ok[^]*known_nodes:3/.test(await ask(master, 'CLUSTER INFO'))) {
      if (performance.now() > deadlineMs) throw new Error('Cannot start a cluster: it never met');
      await delay(50);
    }
  }
  return masters;
}

async function expectOk(server: ServerProcess, command: string): Promise<void> {
  const reply = await ask(server, command);
  if (!reply.startsWith('+OK')) throw new Error(`Cannot start a cluster: ${command}: ${reply}`);
}
