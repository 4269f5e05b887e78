/** A whole run as Markdown. Pure. */
import type { Failure, Judgement } from './judge.ts';
import type { Skip } from './skips.ts';
import type { Mode } from './units.ts';

export type SuiteRun = {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly command: string;
  /** Of the source package. */
  readonly version: string;
  readonly judgements: readonly Judgement[];
  readonly skips: readonly Skip[];
};

export function markdownReport(run: SuiteRun): string {
  const modes = [...new Set(run.judgements.map(({ mode }) => mode))];
  return [
    '# Redis’ own test suite against the proxy',
    '',
    `- ${run.date}, commit ${run.commit}, ${run.machine}`,
    `- the suite of Debian’s redis ${run.version}, against the proxy over three servers of that version`,
    `- To repeat: \`${run.command}\``,
    '',
    'Asked is what a plain server passes in the same mode; a skip is a test that need not pass, with its reason below.',
    'The modes are the suite’s own: `--cluster-mode` leaves out tests with keys of several slots in one command, and',
    '`--singledb` tests of several databases; redis-cluster is the first of them over a Redis Cluster.',
    '',
    ...summary(run, modes),
    ...modes.flatMap((mode) => modeSection(run, mode)),
    ...skipSection(run.skips.filter((skip) => skip.modes.some((mode) => modes.includes(mode)))),
    '',
  ].join('\n');
}

function summary({ judgements }: SuiteRun, modes: readonly Mode[]): string[] {
  const rows = modes.map((mode) => {
    const own = judgements.filter((one) => one.mode === mode);
    return row(mode, totals(own));
  });
  return table(['mode', ...COLUMNS], rows);
}

const COLUMNS = ['asked', 'passed', 'skipped', 'failed', 'passed, %'];

function totals(judgements: readonly Judgement[]): number[] {
  const wanted = sum(judgements.map((one) => one.wanted));
  const passed = sum(judgements.map((one) => one.passed));
  const skipped = sum(judgements.map((one) => one.skipped));
  return [
    wanted,
    passed,
    skipped,
    wanted - passed - skipped,
    wanted === 0 ? 100 : floorTo2((100 * passed) / wanted),
  ];
}

/** Never rounded up to 100. */
function floorTo2(percent: number): number {
  return Math.floor(percent * 100) / 100;
}

function modeSection({ judgements }: SuiteRun, mode: Mode): string[] {
  const own = judgements.filter((one) => one.mode === mode);
  return [
    '',
    `## ${mode}`,
    '',
    ...table(
      ['unit', ...COLUMNS],
      own.map((one) => row(one.unit, totals([one]))),
    ),
    ...own.flatMap(trouble),
  ];
}

function trouble({ unit, failures, needless, aborted }: Judgement): string[] {
  const lines = [
    ...(aborted === '' ? [] : [`- came to no end: ${code(aborted)}`]),
    ...failureLines(failures),
    ...needless.map((test) => `- skipped, but passes: ${code(test)}`),
  ];
  return lines.length === 0 ? [] : ['', `### ${unit}`, '', ...lines];
}

/** What was not run is one thing that went wrong, and not many. */
export function failureLines(failures: readonly Failure[]): string[] {
  const isRun = ({ verdict }: Failure): boolean => verdict !== 'not run';
  const run = failures.filter(isRun);
  const others = failures.length - run.length;
  return [
    ...run.map(failureLine),
    ...(others === 0 ? [] : [`- not run, since something before failed: ${others}`]),
  ];
}

function failureLine({ test, verdict, because }: Failure): string {
  return `- ${verdict}: ${code(test)}${because === '' ? '' : `: ${code(because)}`}`;
}

function skipSection(skips: readonly Skip[]): string[] {
  if (skips.length === 0) return [];
  const rows = skips.map(({ modes, unit, test, reason }) => [
    unit,
    modes.join(', '),
    code(test),
    reason,
  ]);
  return ['', '## What need not pass', '', ...table(['unit', 'mode', 'test', 'reason'], rows)];
}

function row(name: string, figures: readonly number[]): string[] {
  return [name, ...figures.map(String)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')}\``;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
