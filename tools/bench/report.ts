/** The run as Markdown. Pure. */
import { figureOf, ratioOf, type Cell, type Figure, type Sample, type Spread } from './figures.ts';

export type Run = {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  readonly commit: string;
  readonly rounds: number;
  readonly requests: number;
  /** Of each candidate, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly workloads: readonly string[];
  readonly candidates: readonly string[];
  readonly samples: readonly Sample[];
};

type Column = { readonly title: string; readonly figure: Figure; readonly digits: number };

const columns: readonly Column[] = [
  { title: 'proxy CPU, µs/request', figure: 'proxyCpuMicros', digits: 2 },
  { title: 'servers’ CPU, µs/request', figure: 'serversCpuMicros', digits: 2 },
  { title: 'requests/s', figure: 'requestsPerSecond', digits: 0 },
  { title: 'p50, ms', figure: 'p50Ms', digits: 2 },
  { title: 'p99, ms', figure: 'p99Ms', digits: 2 },
  { title: 'RSS, MB', figure: 'residentMb', digits: 0 },
];

const compared: readonly Column[] = [
  { title: 'CPU', figure: 'proxyCpuMicros', digits: 2 },
  { title: 'throughput', figure: 'requestsPerSecond', digits: 2 },
  { title: 'p50', figure: 'p50Ms', digits: 2 },
  { title: 'p99', figure: 'p99Ms', digits: 2 },
];

export function markdownReport(run: Run, baselines: readonly string[]): string {
  const versions = Object.entries(run.versions).map(([name, version]) => `${name}: ${version}`);
  const absent = Object.entries(run.absent).map(([name, why]) => `- ${name} is left out: ${why}`);
  const ratios = baselines
    .filter((baseline) => run.candidates.includes(baseline))
    .flatMap((baseline) => ratioSection(run, baseline));
  return [
    '# Figures of one run',
    '',
    `- ${run.date}, commit ${run.commit}, ${run.machine}`,
    `- ${versions.join(' · ')}`,
    ...absent,
    `- To repeat: \`${run.command}\` (interleaved rounds: ${run.rounds}; requests of an unpipelined cell: ${run.requests})`,
    '',
    'Medians over the rounds, least–most in parentheses. The machine is shared: the times of one run are not those',
    'of another, so compare within a run. A ratio is the median of the ratios within each round.',
    ...ratios,
    '',
    '## Figures',
    '',
    ...figureTable(run),
    '',
  ].join('\n');
}

function ratioSection(run: Run, baseline: string): string[] {
  const others = run.candidates.filter((candidate) => candidate !== baseline);
  const cells = cellsOf(run.workloads, others);
  const shown = compared.filter(({ figure }) =>
    cells.some((cell) => ratioOf(run.samples, cell, { figure, baseline }) !== null),
  );
  if (shown.length === 0) return [];
  const rows = cells.map((cell) => [
    ...names(cell),
    ...shown.map(({ figure, digits }) =>
      written(ratioOf(run.samples, cell, { figure, baseline }), digits),
    ),
  ]);
  const head = ['workload', 'candidate', ...shown.map(({ title }) => title)];
  return ['', `## As multiples of ${baseline}`, '', ...table(head, rows)];
}

function figureTable(run: Run): string[] {
  const rows = cellsOf(run.workloads, run.candidates).map((cell) => [
    ...names(cell),
    ...columns.map(({ figure, digits }) => written(figureOf(run.samples, cell, figure), digits)),
  ]);
  return table(['workload', 'candidate', ...columns.map(({ title }) => title)], rows);
}

function cellsOf(workloads: readonly string[], candidates: readonly string[]): Cell[] {
  return workloads.flatMap((workload) => candidates.map((candidate) => ({ workload, candidate })));
}

function names({ workload, candidate }: Cell): string[] {
  return [workload, candidate];
}

function written(value: Spread | null, digits: number): string {
  if (value === null) return '–';
  const { median, min, max } = value;
  if (min === max) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** The first two columns are names, the others figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rule = head.map((_, at) => (at < 2 ? '---' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
