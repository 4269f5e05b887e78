/** What connections cost, as Markdown. Pure. */
import type { MachineFacts } from '@keyfleet/testkit';
import { OURS } from '../candidates/candidates.ts';
import { spread, type Spread } from '../report/figures.ts';
import { table, writtenSpread } from '../report/table.ts';

export type MemoryFigures = {
  /** Resident, warm, without clients. */
  readonly emptyBytes: number;
  /** What each idle connection adds: as it came, and after its first PING. */
  readonly idleBytesEach: number;
  readonly pingedBytesEach: number;
  /** The most while all connections send. */
  readonly activePeakBytes: number;
  /** The most while one client asks for values of this size and does not read. */
  readonly deaf16KbPeakBytes: number;
  readonly deaf1MbPeakBytes: number;
};

/** What one round found out about one candidate. */
export type MemorySample = { readonly round: number; readonly candidate: string } & Readonly<
  Partial<MemoryFigures>
>;

export type MemoryRun = MachineFacts & {
  readonly command: string;
  readonly rounds: number;
  readonly connections: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly samples: readonly MemorySample[];
};

type Unit = { readonly name: string; readonly bytes: number; readonly digits: number };
type Row = {
  readonly title: (connections: string) => string;
  readonly figure: keyof MemoryFigures;
  readonly unit: Unit;
  /** At most, in the unit: what issue K3 wants. */
  readonly target?: number;
};

const KB: Unit = { name: 'KB', bytes: 1024, digits: 1 };
const MB: Unit = { name: 'MB', bytes: 1024 * 1024, digits: 0 };

const rows: readonly Row[] = [
  { title: () => 'without clients', figure: 'emptyBytes', unit: MB },
  { title: (n) => `each of ${n} idle connections`, figure: 'idleBytesEach', unit: KB, target: 8 },
  { title: () => 'each of them after a first PING', figure: 'pingedBytesEach', unit: KB },
  { title: (n) => `${n} active connections, peak`, figure: 'activePeakBytes', unit: MB },
  {
    title: () => 'a client asks for 16 KB values and does not read, peak',
    figure: 'deaf16KbPeakBytes',
    unit: MB,
    target: 200,
  },
  {
    title: () => 'a client asks for 1 MB values and does not read, peak',
    figure: 'deaf1MbPeakBytes',
    unit: MB,
    target: 200,
  },
];

export function memoryReport(run: MemoryRun, notes: string | null): string {
  const candidates = Object.keys(run.versions);
  const versions = Object.entries(run.versions).map(([name, version]) => `${name}: ${version}`);
  const count = run.connections.toLocaleString('en');
  const body = rows.map((row) => [
    `${row.title(count)}, ${row.unit.name}`,
    row.target === undefined ? '' : `≤ ${row.target}`,
    ...candidates.map((candidate) =>
      writtenSpread(figureOf(run.samples, candidate, row), row.unit.digits),
    ),
  ]);
  return [
    '# What connections cost in memory',
    '',
    `- ${run.date}, commit ${run.commit}, ${run.machine}`,
    `- ${versions.join(' · ')}`,
    ...Object.entries(run.absent).map(([name, why]) => `- ${name} is left out: ${why}`),
    `- To repeat: \`${run.command}\` (rounds with fresh processes: ${run.rounds})`,
    '',
    'Resident memory (RSS) of the proxy’s process; medians over the rounds, least–most in parentheses. It is warm: it',
    'answered 50,000 requests before. The target is that of issue K3 for keyfleet.',
    '',
    ...table(['resident memory', 'target', ...candidates], body, 1),
    '',
    ...verdicts(run, count),
    ...(notes === null ? [] : ['## Notes', '', notes.trim(), '']),
  ].join('\n');
}

function verdicts({ samples }: MemoryRun, count: string): string[] {
  const lines = rows.flatMap((row) => {
    const measured = figureOf(samples, OURS, row);
    if (row.target === undefined || measured === null) return [];
    const is = measured.median <= row.target ? 'met' : '**missed**';
    return [`- ${row.title(count)}: ${is}`];
  });
  return lines.length === 0 ? [] : ['Targets:', '', ...lines, ''];
}

function figureOf(
  samples: readonly MemorySample[],
  candidate: string,
  { figure, unit }: Row,
): Spread | null {
  const values = samples
    .filter((sample) => sample.candidate === candidate)
    .flatMap(({ [figure]: bytes }) => (bytes === undefined ? [] : [bytes / unit.bytes]));
  return values.length === 0 ? null : spread(values);
}
