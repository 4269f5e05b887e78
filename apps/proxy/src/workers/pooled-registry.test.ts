import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { metricsText } from '../admin/metrics-text.ts';
import type { Metrics } from './messages.ts';
import { PooledRegistry } from './pooled-registry.ts';

/** What a worker answers that counted `requests`, has `clients`, and reaches all but `away` shards. */
function worker(requests: number, clients: number, away: number): Promise<Metrics> {
  const registry = new Registry();
  const registers = [registry];
  const help = 'What it says.';
  new Counter({ name: 'requests_total', help, labelNames: ['command'], registers }).inc(
    { command: 'get' },
    requests,
  );
  new Gauge({ name: 'clients', help, registers }).set(clients);
  new Gauge({ name: 'shards_away', help, registers, aggregator: 'max' }).set(away);
  new Gauge({ name: 'started_at', help, registers, aggregator: 'omit' }).set(2);
  new Histogram({ name: 'pauses', help, registers, buckets: [1] }).observe(requests);
  return registry.getMetricsAsJSON();
}

async function lines(registry: PooledRegistry): Promise<string[]> {
  const text = await metricsText({ registry, planes: new Map() });
  return text.split('\n').filter((line) => line !== '' && line[0] !== '#');
}

describe('metrics of several workers', () => {
  it('are sums, or what the metric says', async () => {
    const workers = await Promise.all([worker(3, 10, 1), worker(4, 20, 2)]);
    const pooled = new PooledRegistry(() => Promise.resolve(workers));
    const help = 'Of the parent.';
    new Gauge({ name: 'workers', help, registers: [pooled] }).set(2);
    new Gauge({ name: 'started_at', help, registers: [pooled], aggregator: 'omit' }).set(1);
    const text = await lines(pooled);
    expect(text).toEqual(
      expect.arrayContaining([
        'workers 2',
        'started_at 1',
        'requests_total{command="get"} 7',
        'clients 30',
        'shards_away 2',
        'pauses_count 2',
      ]),
    );
  });

  it('do not fall when a worker dies, but gauges do', async () => {
    const [one, two] = await Promise.all([worker(3, 10, 0), worker(4, 20, 0)]);
    let alive = [one, two];
    const pooled = new PooledRegistry(() => Promise.resolve(alive));
    pooled.retire(two);
    const third = await worker(1, 1, 0);
    alive = [one, third];
    expect(await lines(pooled)).toEqual(
      expect.arrayContaining(['requests_total{command="get"} 8', 'clients 11', 'pauses_count 3']),
    );
    pooled.retire(third);
    alive = [one];
    expect(await lines(pooled)).toContain('requests_total{command="get"} 8');
  });
});
