/**
 * `npm run bench`: the proxy beside what it is measured against, in one run on loopback.
 * Starts all it measures and stops it again, also when it is interrupted.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { BASELINES, candidatesOf, type Candidate } from './candidates.ts';
import { fill } from './fill.ts';
import { measure, type Contender } from './measure.ts';
import { pick, readOptions, UsageError, type Options } from './options.ts';
import { markdownReport, type Run } from './report.ts';
import { workloads as allWorkloads } from './workloads.ts';

const ROOT = join(import.meta.dirname, '../..');
const OUT = join(ROOT, 'docs/benchmarks/first-figures');

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort());

try {
  const options = readOptions(process.argv.slice(2), OUT);
  const run = await bench(options);
  const report = markdownReport(run, BASELINES);
  console.log(report);
  if (options.out !== null) await write(options.out, report, run);
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = 130;
  else if (error instanceof UsageError) {
    console.error(error.message);
    process.exitCode = error.exitCode;
  } else throw error;
}

async function bench(options: Options): Promise<Run> {
  const picked = pick(options.only, candidatesOf(ROOT, options.beside), allWorkloads);
  const isIncluded = (candidate: Candidate) => !(options.isQuick && candidate.isFetched);
  const { signal } = interrupted;
  await using stack = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  const absent: Record<string, string> = {};
  for (const { name, start } of picked.candidates.filter(isIncluded)) {
    signal.throwIfAborted();
    const started = await start(stack);
    if ('absent' in started) absent[name] = started.absent;
    else contenders.push({ name, ...started });
  }
  for (const { address } of contenders) await fill(address);
  const { workloads } = picked;
  const { rounds, requests } = options;
  const onProgress = (line: string) => console.error(line);
  const samples = await measure({ contenders, workloads, rounds, requests, signal, onProgress });
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...commandArguments()].join(' '),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? '?'}, ${type()} ${release()}`,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT })
      .toString()
      .trim(),
    rounds,
    requests,
    versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])),
    absent,
    workloads: workloads.map(({ name }) => name),
    candidates: contenders.map(({ name }) => name),
    samples,
  };
}

function commandArguments(): string[] {
  const args = process.argv.slice(2).map((arg) => (/[^\w./,=-]/.test(arg) ? `'${arg}'` : arg));
  return args.length === 0 ? [] : ['--', ...args];
}

async function write(out: string, report: string, run: Run): Promise<void> {
  await mkdir(dirname(out), { recursive: true });
  const texts = { [`${out}.md`]: report, [`${out}.json`]: JSON.stringify(run) };
  for (const [filepath, text] of Object.entries(texts)) {
    const config = await resolveConfig(filepath);
    await writeFile(filepath, await format(text, { ...config, filepath }));
    console.error(`written: ${relative(process.cwd(), filepath)}`);
  }
}
