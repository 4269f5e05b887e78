/**
 * `npm run bench:micro`: every `*.bench.ts`, one process after another, into `docs/benchmarks/micro.md`. Fails when a
 * ratio of any is beyond its bound.
 */
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { machineFacts, notesBeside, writeResults } from '@keyfleet/testkit';
import { runUntilInterrupted } from '../run/run-until-interrupted.ts';

const ROOT = join(import.meta.dirname, '../../..');
const OUT = join(ROOT, 'docs/benchmarks/micro');
const run = promisify(execFile);

await runUntilInterrupted(async (signal) => {
  const sections: string[] = [];
  const files = globSync('{apps,libs}/*/src/**/*.bench.ts', { cwd: ROOT }).sort();
  for (const file of files) {
    console.error(file);
    sections.push((await sectionOf(file, signal)).trim(), '');
  }
  const { date, machine, commit } = machineFacts(ROOT);
  const notes = await notesBeside(OUT);
  const report = [
    '# Micro-benches',
    '',
    `- ${date}, commit ${commit}, ${machine}, Node.js ${process.versions.node}`,
    '- To repeat: `npm run bench:micro`; one alone: `node` and its file',
    '',
    'CPU time of small parts of the hot path, each beside a baseline in the same run; medians of nine rounds, least–most in',
    'parentheses. Only the ratio is judged: the run fails when it is more than the last column says, which leaves room for',
    'a noisy machine.',
    '',
    ...sections,
    ...(notes === null ? [] : ['## Notes', '', notes.trim(), '']),
  ].join('\n');
  console.log(report);
  await writeResults(OUT, { md: report });
});

/** What it prints, also when a bound is broken: then the run goes on, and fails at its end. */
async function sectionOf(file: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [join(ROOT, file)], { signal });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (signal.aborted || !stdout) throw error;
    console.error(stderr);
    process.exitCode = 1;
    return stdout;
  }
}
