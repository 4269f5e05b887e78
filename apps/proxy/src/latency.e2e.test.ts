/** LATENCY over shards of which only some saw an event. */
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { useProxyBesidePlain } from './testing/beside-plain.ts';

const beside = useProxyBesidePlain();

const BUSY_5_MS = `local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
local start = now()
while now() - start < 5000 do end`;

it('LATENCY GRAPH is of the shards where the event happened, or the error of all', async () => {
  const client = beside.under.client();
  await client.config('SET', 'latency-monitor-threshold', '1');
  const noSamples = "ERR No samples available for event 'command'";
  await expect(client.call('LATENCY', 'GRAPH', 'command')).rejects.toThrow(noSamples);
  const [first, second] = beside.under.servers.map(({ host, port }) => new Redis({ host, port }));
  await first!.eval(BUSY_5_MS, 0);
  expect(await client.call('LATENCY', 'GRAPH', 'command')).toMatch(/^command - high \d+ ms/);
  await second!.eval(BUSY_5_MS, 0);
  expect(await client.call('LATENCY', 'GRAPH', 'command')).toMatch(/high \d+ ms[^]*high \d+ ms/);
  for (const redis of [first!, second!]) redis.disconnect();
});
