/** The run as Markdown. Pure. */
import { figureOf, ratioOf, samplesOf, type Cell, type Figure } from './figures.ts';
import type { Run } from './run.ts';
import { table, writtenSpread } from './table.ts';
import { targetSection } from './target-table.ts';
import { verdictsOf } from './targets.ts';

type Column = { readonly title: string; readonly figure: Figure; readonly digits: number };

const columns: readonly Column[] = [
  { title: 'proxy CPU, µs/request', figure: 'proxyCpuMicros', digits: 2 },
  { title: 'system calls/request', figure: 'syscalls', digits: 2 },
  { title: 'servers’ CPU, µs/request', figure: 'serversCpuMicros', digits: 2 },
  { title: 'requests/s', figure: 'requestsPerSecond', digits: 0 },
  { title: 'p50, ms', figure: 'p50Ms', digits: 2 },
  { title: 'p99, ms', figure: 'p99Ms', digits: 2 },
  { title: 'p99.9, ms', figure: 'p999Ms', digits: 2 },
  { title: 'RSS, MB', figure: 'residentMb', digits: 0 },
  { title: 'peak RSS, MB', figure: 'residentPeakMb', digits: 0 },
];

const compared: readonly Column[] = [
  { title: 'CPU', figure: 'proxyCpuMicros', digits: 2 },
  { title: 'system calls', figure: 'syscalls', digits: 2 },
  { title: 'throughput', figure: 'requestsPerSecond', digits: 2 },
  { title: 'p50', figure: 'p50Ms', digits: 2 },
  { title: 'p99', figure: 'p99Ms', digits: 2 },
  { title: 'p99.9', figure: 'p999Ms', digits: 2 },
];

export type Extras = {
  readonly baselines: readonly string[];
  /** File name of the chart, beside the report. */
  readonly chart: string | null;
  /** What people wrote about the run, as Markdown. */
  readonly notes: string | null;
};

export function markdownReport(run: Run, { baselines, chart, notes }: Extras): string {
  const ratios = baselines
    .filter((baseline) => run.candidates.includes(baseline))
    .flatMap((baseline) => ratioSection(run, baseline));
  return [
    '# The proxy beside others',
    '',
    ...facts(run),
    '',
    'Medians over the rounds, least–most in parentheses. The machine is shared: the times of one run are not those',
    'of another, so compare within a run. A ratio is the median of the ratios within each round.',
    'Memory of several processes is added up.',
    'System calls are counted by perf in a short cell of their own. Of a mixed load the latencies are those of its GETs.',
    ...targetSection(verdictsOf(run)),
    ...(notes === null ? [] : ['', '## Notes', '', notes.trim()]),
    ...(chart === null ? [] : ['', `![CPU and throughput as multiples of Envoy’s](${chart})`]),
    ...ratios,
    '',
    '## Figures',
    '',
    ...figureTable(run),
    '',
  ].join('\n');
}

function facts(run: Run): string[] {
  const versions = Object.entries(run.versions).map(([name, version]) => `${name}: ${version}`);
  const absent = Object.entries(run.absent).map(([name, why]) => `- ${name} is left out: ${why}`);
  return [
    `- ${run.date}, commit ${run.commit}, ${run.machine}`,
    `- ${versions.join(' · ')}`,
    ...absent,
    `- To repeat: \`${run.command}\` (interleaved rounds: ${run.rounds}; requests of an unpipelined cell: ${run.requests})`,
  ];
}

function ratioSection(run: Run, baseline: string): string[] {
  const cells = cellsOf(run)
    .filter(({ candidate }) => candidate !== baseline)
    .filter(({ workload }) => hasSamples(run, { workload, candidate: baseline }));
  const ratio = (cell: Cell, figure: Figure) => ratioOf(run.samples, cell, { figure, baseline });
  const shown = compared.filter(({ figure }) => cells.some((cell) => ratio(cell, figure) !== null));
  if (shown.length === 0) return [];
  const rows = cells.map((cell) => [
    ...names(cell),
    ...shown.map(({ figure, digits }) => writtenSpread(ratio(cell, figure), digits)),
  ]);
  const head = ['workload', 'candidate', ...shown.map(({ title }) => title)];
  return ['', `## As multiples of ${baseline}`, '', ...table(head, rows)];
}

function figureTable(run: Run): string[] {
  const rows = cellsOf(run).map((cell) => [
    ...names(cell),
    ...columns.map(({ figure, digits }) =>
      writtenSpread(figureOf(run.samples, cell, figure), digits),
    ),
  ]);
  return table(['workload', 'candidate', ...columns.map(({ title }) => title)], rows);
}

/** Those that were measured: not every candidate runs every workload. */
function cellsOf(run: Run): Cell[] {
  return run.workloads
    .flatMap((workload) => run.candidates.map((candidate) => ({ workload, candidate })))
    .filter((cell) => hasSamples(run, cell));
}

function hasSamples({ samples }: Run, cell: Cell): boolean {
  return samplesOf(samples, cell).length > 0;
}

function names({ workload, candidate }: Cell): string[] {
  return [workload, candidate];
}
