/** Clients of a proxy with workers, told apart by the process that has them. */
import type { Redis } from 'ioredis';
import type { ProxyUnderTest } from './proxy-under-test.ts';

export type WorkerClient = { readonly client: Redis; readonly pid: number };

export async function workerOf(client: Redis): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(await client.info('server'))![1]);
}

/** One client of each of `count` workers: the kernel decides who gets a connection, so it is tried until all have one. */
export async function clientOfEach(under: ProxyUnderTest, count = 2): Promise<WorkerClient[]> {
  const found = new Map<number, Redis>();
  while (found.size < count) {
    const client = under.client();
    const pid = await workerOf(client);
    if (found.has(pid)) client.disconnect();
    else found.set(pid, client);
  }
  return [...found].map(([pid, client]) => ({ client, pid }));
}
