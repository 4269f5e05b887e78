/** `npm run bench:soak`: half an hour of changing load on one proxy, and whether its memory stays flat. */
import { basename, join } from 'node:path';
import { commandFact, machineFacts, notesBeside, writeResults } from '@keyfleet/testkit';
import { startKeyfleet } from '../candidates/keyfleet.ts';
import { runUntilInterrupted } from '../run/run-until-interrupted.ts';
import { fill } from '../workloads/fill.ts';
import { readSoakOptions } from './options.ts';
import { phases } from './phases.ts';
import { rssChart } from './rss-chart.ts';
import { soakReport, type SoakRun } from './soak-report.ts';
import { soak } from './soak.ts';

const ROOT = join(import.meta.dirname, '../../..');
const argv = process.argv.slice(2);

await runUntilInterrupted(async (signal) => {
  const options = readSoakOptions(argv, join(ROOT, 'docs/benchmarks/soak'));
  const { minutes, phaseSeconds, out } = options;
  await using stack = new AsyncDisposableStack();
  const proxy = await startKeyfleet({ root: ROOT })(stack);
  if ('absent' in proxy) throw new Error(`Cannot start the proxy: ${proxy.absent}`);
  await fill(proxy.address);
  const onProgress = (line: string) => console.error(line);
  const soaked = { address: proxy.address, proxyPid: proxy.proxyPid! };
  const samples = await soak(soaked, { minutes, phaseSeconds, signal, onProgress });
  const run: SoakRun = {
    ...machineFacts(ROOT),
    command: commandFact('npm run bench:soak', argv),
    version: proxy.version,
    minutes,
    phaseSeconds,
    phases: phases.map(({ name }) => name),
    samples: samples.map((sample) => ({ ...sample, seconds: Math.round(sample.seconds) })),
  };
  const chart = out && `${basename(out)}.svg`;
  const report = soakReport(run, { chart, notes: out && (await notesBeside(out)) });
  console.log(report);
  if (out !== null)
    await writeResults(out, { md: report, json: JSON.stringify(run), svg: rssChart(run.samples) });
});
