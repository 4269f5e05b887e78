/** A whole run as Markdown. Pure. */
import type { MachineFacts } from '@keyfleet/testkit';
import type { CommandCount } from './coverage.ts';
import type { Rule, RuleEntry } from './rules.ts';

export type DifferentialRun = MachineFacts & {
  /** To repeat it. */
  readonly command: string;
  readonly seed: number;
  /** Of the servers. */
  readonly version: string;
  readonly compared: number;
  /** By the way that they were sent. */
  readonly lanes: Readonly<Record<string, number>>;
  /** Kinds of differences, and how often each was seen. */
  readonly differences: Readonly<Record<string, number>>;
  readonly commands: readonly CommandCount[];
  /** Commands that are sent by chance, and were not in this run. */
  readonly neverSent: readonly string[];
  readonly replies: Readonly<Partial<Record<Rule, number>>>;
  readonly rules: readonly RuleEntry[];
  readonly exceptions: readonly Pick<RuleEntry, 'rule' | 'because'>[];
};

/** Of a command that answers with fewer than this share of no errors, it is told. */
const SELDOM = 0.2;

export function markdownReport(run: DifferentialRun): string {
  return [...head(run), ...differences(run), ...comparison(run), ...coverage(run), ''].join('\n');
}

function head(run: DifferentialRun): string[] {
  const sent = sum(run.commands.map((one) => one.sent));
  const succeeded = sum(run.commands.map((one) => one.succeeded));
  return [
    '# A random stream to a plain server and to the proxy',
    '',
    `- ${run.date}, commit ${run.commit}, ${run.machine}`,
    `- redis-server ${run.version}: one alone, three behind the proxy; seed ${run.seed}`,
    `- To repeat: \`${run.command}\``,
    '',
    'Requests are made by chance from the grammar that COMMAND DOCS has of each command, with few keys, fields and members;',
    'some are spoiled, some are transactions. Replies have to be equal to the byte, or by a rule below; errors always to the byte.',
    '',
    `**${run.compared} commands compared, ${sum(Object.values(run.differences))} differences.** ` +
      `${percent(succeeded, sent)} % of the replies are no errors.`,
    '',
    ...table(['sent', 'commands'], Object.entries(run.lanes).map(cells)),
  ];
}

function differences({ differences: kinds }: DifferentialRun): string[] {
  const rows = Object.entries(kinds).map(([kind, count]) => [String(count), code(kind)]);
  return rows.length === 0 ? [] : ['', '## Differences', '', ...table(['count', 'kind'], rows)];
}

function comparison({ replies, rules, exceptions }: DifferentialRun): string[] {
  return [
    '',
    '## How replies are compared',
    '',
    ...table(['rule', 'replies'], Object.entries(replies).map(cells)),
    '',
    'All commands are `exact` but these:',
    '',
    ...table(
      ['rule', 'because', 'commands'],
      rules.map(({ rule, because, names }) => [code(rule), because, listed(names.split(' '))]),
    ),
    '',
    'What depends on more than the name:',
    '',
    ...table(
      ['rule', 'because'],
      exceptions.map(({ rule, because }) => [code(rule), because]),
    ),
  ];
}

function coverage({ commands, neverSent }: DifferentialRun): string[] {
  const onlyErrors = commands.filter(({ succeeded }) => succeeded === 0);
  const seldom = commands.filter(
    ({ succeeded, sent }) => succeeded > 0 && succeeded < SELDOM * sent,
  );
  return [
    '',
    '## How often commands did something',
    '',
    `- never sent: ${listed(neverSent)}`,
    `- answered with errors only: ${listed(onlyErrors.map(({ name }) => name))}`,
    `- with errors in more than ${100 - 100 * SELDOM} %: ${listed(seldom.map(({ name }) => name))}`,
    `- less often: ${commands.length - onlyErrors.length - seldom.length} others`,
  ];
}

function cells([name, count]: readonly [string, number]): string[] {
  return [name, String(count)];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(code).join(', ');
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0' : ((100 * part) / whole).toFixed(1);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
