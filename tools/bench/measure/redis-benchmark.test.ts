import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it } from 'vitest';

/** A bench of its own, so that it can be killed. */
const program = (port: number) => `
  import { runRedisBenchmark } from ${JSON.stringify(new URL('redis-benchmark.ts', import.meta.url).href)};
  import { workloads } from ${JSON.stringify(new URL('../workloads/workloads.ts', import.meta.url).href)};
  await runRedisBenchmark(
    { address: { host: '127.0.0.1', port: ${port} }, isCluster: false },
    { part: workloads[0].parts[0], pipeline: 1, requests: 1000 },
    { signal: new AbortController().signal, onConnected: () => undefined },
  );
`;

it('a load ends with the bench, also when that is killed', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const bench = spawn(process.execPath, ['--input-type=module', '-e', program(port)]);
  const [client] = (await once(server, 'connection')) as [Socket];
  client.on('error', () => undefined).resume();
  bench.kill('SIGKILL');
  await once(client, 'close');
  expect(client.destroyed).toBe(true);
  server.close();
});
