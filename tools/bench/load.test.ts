import { describe, expect, it } from 'vitest';
import { parseLoadCsv } from './load.ts';

const HEAD =
  '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"';

describe('parseLoadCsv', () => {
  it('reads throughput and latencies by the names of their columns', () => {
    const csv = `${HEAD}\n"MSET (10 keys)","48309.18","0.664","0.072","0.647","0.951","1.343","6.815"\n`;
    expect(parseLoadCsv(csv)).toEqual({ requestsPerSecond: 48309.18, p50Ms: 0.647, p99Ms: 1.343 });
  });

  it('passes over the warnings of servers without CONFIG', () => {
    const csv = `WARNING: Could not fetch server CONFIG\n${HEAD}\n"SET","100.5","1","1","2","3","4","5"\n`;
    expect(parseLoadCsv(csv).requestsPerSecond).toBe(100.5);
  });

  it.each([
    ['nothing', ''],
    ['a head alone', HEAD],
    ['an error', 'Error from server: ERR no\n'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseLoadCsv(text)).toThrow(/Cannot read redis-benchmark/);
  });
});
