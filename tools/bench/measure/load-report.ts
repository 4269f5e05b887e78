/** What `redis-benchmark` prints, as figures. Pure. */

export type LoadFigures = {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
};

/** Its report for people: the one as CSV has no percentile above the 99th. */
export function parseLoadReport(text: string): LoadFigures {
  const [, report = ''] = text.split('Latency by percentile distribution:');
  const throughput = /throughput summary: ([\d.]+) requests/.exec(report)?.[1];
  const summary = /latency summary \(msec\):\n(.*)\n(.*)/.exec(report);
  const names = wordsOf(summary?.[1]);
  const values = wordsOf(summary?.[2]);
  return {
    requestsPerSecond: figure('throughput', throughput),
    p50Ms: figure('p50', values[names.indexOf('p50')]),
    p99Ms: figure('p99', values[names.indexOf('p99')]),
    p999Ms: figure('p99.9', percentile(report, 99.9)),
  };
}

function wordsOf(line = ''): string[] {
  return line.trim().split(/\s+/);
}

/** It lists 50 %, 75 %, 87.5 % and so on: 99.902 % is the first above 99.9 %, or in a short cell 100 %. */
function percentile(report: string, percent: number): string | undefined {
  const lines = [...report.matchAll(/^([\d.]+)% <= ([\d.]+) milliseconds/gm)];
  return lines.find((line) => Number(line[1]) >= percent)?.[2];
}

function figure(name: string, text: string | undefined): number {
  const value = Number(text);
  if (text !== undefined && Number.isFinite(value)) return value;
  throw new Error(`Cannot read redis-benchmark's ${name}: got "${text ?? ''}", want a figure`);
}
