import { describe, expect, it } from 'vitest';
import { parseLoadReport } from './load-report.ts';

const report = (last: string) => `
====== GET key:__rand_int__ ======
  20000 requests completed in 0.35 seconds

Latency by percentile distribution:
0.000% <= 0.095 milliseconds (cumulative count 1)
50.000% <= 0.455 milliseconds (cumulative count 10791)
99.805% <= 1.807 milliseconds (cumulative count 19961)
${last}
100.000% <= 2.567 milliseconds (cumulative count 20000)

Cumulative distribution of latencies:
99.910% <= 2.007 milliseconds (cumulative count 19982)

Summary:
  throughput summary: 57471.27 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        0.472     0.088     0.455     0.727     1.271     2.567
`;

describe('parseLoadReport', () => {
  it('reads throughput and latencies', () => {
    const text = report('99.902% <= 1.975 milliseconds (cumulative count 19981)');
    expect(parseLoadReport(text)).toEqual({
      requestsPerSecond: 57471.27,
      p50Ms: 0.455,
      p99Ms: 1.271,
      p999Ms: 1.975,
    });
  });

  it('takes the greatest latency for p99.9 where there are too few requests', () => {
    expect(parseLoadReport(report('')).p999Ms).toBe(2.567);
  });

  it('passes over the figures that it writes while it runs', () => {
    const progress = 'GET: rps=0.0 (overall: 0.0) avg_msec=-nan (overall: -nan)\r';
    expect(parseLoadReport(progress + report('')).p50Ms).toBe(0.455);
  });

  it.each([
    ['nothing', ''],
    ['a head alone', '====== GET ======\nLatency by percentile distribution:\n'],
    ['an error', 'Error from server: ERR no\n'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseLoadReport(text)).toThrow(/Cannot read redis-benchmark/);
  });
});
