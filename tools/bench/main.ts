/**
 * `npm run bench`: the proxy beside what it is measured against, in one run on loopback.
 * Starts all it measures and stops it again, also when it is interrupted.
 */
import { basename, join } from 'node:path';
import { commandFact, machineFacts, notesBeside, writeResults } from '@keyfleet/testkit';
import { bench } from './bench.ts';
import { BASELINES, ENVOY } from './candidates/candidates.ts';
import { readOptions } from './options/options.ts';
import { chart } from './report/chart.ts';
import { markdownReport } from './report/report.ts';
import { runUntilInterrupted } from './run/run-until-interrupted.ts';
import { suitesOf } from './suites.ts';

const ROOT = join(import.meta.dirname, '../..');
const argv = process.argv.slice(2);

await runUntilInterrupted(async (signal) => {
  const out = join(ROOT, 'docs/benchmarks/proxy');
  const options = readOptions(argv, { root: ROOT, out, suitesOf });
  const onProgress = (line: string) => console.error(line);
  const measured = await bench(options, { signal, onProgress });
  const { rounds, requests } = options;
  const command = commandFact('npm run bench', argv);
  const run = { ...machineFacts(ROOT), command, rounds, requests, ...measured };
  const picture = run.candidates.includes(ENVOY) ? chart(run, ENVOY) : null;
  const report = markdownReport(run, {
    baselines: BASELINES,
    chart: picture && options.out && `${basename(options.out)}.svg`,
    notes: options.out && (await notesBeside(options.out)),
  });
  console.log(report);
  if (options.out !== null)
    await writeResults(options.out, { md: report, json: JSON.stringify(run), svg: picture });
});
