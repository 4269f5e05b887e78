/**
 * `npm run differential`: a random stream over the whole command table to a plain server and through the proxy over three
 * shards. Every reply has to be the same.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandFact, machineFacts, writeResults } from '@keyfleet/testkit';
import { Random } from '../random.ts';
import { Coverage } from './coverage.ts';
import { kindOf, runDifferential, type Finding } from './differential.ts';
import { loadGrammar } from './grammar.ts';
import { commandsOf, dumpsOf, startPair, versionOf } from './pair.ts';
import { markdownReport, type DifferentialRun } from './report.ts';
import { exceptions, rules } from './rules.ts';
import { repertoireOf } from './stream.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const COMMANDS = '1000000';
const SHOWN_EVERY = 50_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    commands: { type: 'string', default: COMMANDS },
    /** Goes on after a difference, and tells at the end which there are. */
    all: { type: 'boolean', default: false },
    /** Names of commands, with commas. */
    without: { type: 'string', default: '' },
    /** Writes FILE.md and FILE.json, e.g. docs/differential. */
    out: { type: 'string' },
  },
});
const random = new Random(Random.seedOf(values.seed));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`seed ${random.seed}`);

await using stack = new AsyncDisposableStack();
const pair = await startPair(stack);
const version = await versionOf(pair.plain);
const grammar = await loadGrammar(await dumpsOf(pair.plain), version);
const known = await commandsOf(pair.plain);
const without = new Set(values.without.split(','));
const repertoire = repertoireOf((name) => known.has(name) && !without.has(name));
const findings = new Map<string, { count: number; finding: Finding }>();
const coverage = new Coverage();
let shown = 0;
const compared = await runDifferential({
  random,
  grammar,
  repertoire,
  pair,
  commands: Number(values.commands),
  onRound: (count) => {
    if (count - shown < SHOWN_EVERY) return;
    shown = count;
    say(`${count} commands compared`);
  },
  onReply: (request, reply, style) => coverage.note(request, reply, style),
  onFinding: (finding) => {
    const kind = `${finding.name} ${kindOf(finding)}`;
    const seen = findings.get(kind);
    if (seen) seen.count++;
    else findings.set(kind, { count: 1, finding });
    if (!seen) tell(finding);
    return values.all;
  },
});
say(`${compared} commands compared, ${findings.size} kinds of differences`);
for (const [kind, { count }] of [...findings].sort(([, a], [, b]) => b.count - a.count))
  say(`${count} × ${kind}`);
const sent = new Set(coverage.commands.map(({ name }) => name));
const run: DifferentialRun = {
  ...machineFacts(ROOT),
  command: commandFact('npm run differential', process.argv.slice(2)),
  seed: random.seed,
  version,
  compared,
  lanes: Object.fromEntries(coverage.lanes),
  differences: Object.fromEntries([...findings].map(([kind, { count }]) => [kind, count])),
  commands: coverage.commands,
  neverSent: repertoire.all.map(({ name }) => name).filter((name) => !sent.has(name)),
  replies: Object.fromEntries(coverage.rules),
  rules,
  exceptions: exceptions.map(({ rule, because }) => ({ rule, because })),
};
const report = markdownReport(run);
if (values.out === undefined) say(report);
else await writeResults(values.out, { md: report, json: JSON.stringify(run) });
if (findings.size > 0) process.exitCode = 1;

function tell({ seed, round, style, at, request, plain, proxied, shrunk }: Finding): void {
  say(
    `--- seed ${seed}, round ${round}, RESP${style.version}${style.isPipelined ? ', in one pipeline' : ''}, command ${at}`,
  );
  say(`request: ${request}\nplain:   ${plain}\nproxy:   ${proxied}\nshown by:`);
  for (const line of shrunk) say(`  ${line}`);
}
