/**
 * `npm run redis-suite`: Redis' own test suite against a plain server and against the proxy over three.
 * Fails when a test fails that the plain server passes and `skips.txt` does not name, or when a skip is not needed.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandFact, machineFacts, writeResults } from '@keyfleet/testkit';
import { runUntilInterrupted } from '../bench/run/run-until-interrupted.ts';
import type { Judgement } from './judge.ts';
import { readOptions } from './options.ts';
import { markdownReport, type SuiteRun } from './report.ts';
import { parseSkips } from './skips.ts';
import { fetchSource } from './source.ts';
import { runSuite } from './suite.ts';

const ROOT = join(import.meta.dirname, '../..');
const argv = process.argv.slice(2);

await runUntilInterrupted(async (signal) => {
  const options = readOptions(argv);
  const skips = parseSkips(readFileSync(join(import.meta.dirname, 'skips.txt'), 'utf8'));
  const { version, path } = await fetchSource();
  const { log } = options;
  const judgements = await runSuite(options, {
    root: ROOT,
    source: path,
    skips,
    signal,
    log: (text) => log !== null && appendFileSync(log, text),
    onProgress: (line) => console.error(line),
  });
  const command = commandFact('npm run redis-suite', argv);
  const run: SuiteRun = { ...machineFacts(ROOT), command, version, judgements, skips };
  const report = markdownReport(run);
  if (options.out !== null)
    await writeResults(options.out, { md: report, json: JSON.stringify(run) });
  else console.log(report);
  if (judgements.some(isBad)) process.exitCode = 1;
});

function isBad({ failures, needless, aborted }: Judgement): boolean {
  return failures.length > 0 || needless.length > 0 || aborted !== '';
}
