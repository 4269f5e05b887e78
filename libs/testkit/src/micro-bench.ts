/**
 * A bench of something small, beside a baseline. The clock is the CPU time of the process, its garbage collector included:
 * what else runs on the machine takes none of it. It still moves both, so that only their ratio is judged: the median
 * of rounds in which both were measured. A `*.bench.ts` is a program: it prints its results as Markdown, and fails when a
 * ratio is beyond its bound.
 */
import { Bench } from 'tinybench';
import {
  brokenBounds,
  microReport,
  type MicroBench,
  type MicroCase,
  type Round,
  type Run,
} from './micro-report.ts';

const ROUNDS = 9;
const WARM_UP_MS = 60;
const MEASURED_MS = 25;
const ITERATIONS_MIN = 8;
/** Runs between two looks at the clock, which takes a microsecond itself. */
const RUNS_TIMED = 8;
const NS_PER_MS = 1e6;

/** Measures and prints; a broken bound becomes the exit code of the process. */
export function microBench(bench: MicroBench): void {
  for (const each of bench.cases) checkSameWork(each);
  // All of them first: in a proxy too, the code has seen every kind of input when it is hot.
  for (const each of bench.cases) measure(each, WARM_UP_MS);
  const results = bench.cases.map((of) => ({ of, rounds: [] as Round[] }));
  for (let round = 0; round < ROUNDS; round++)
    for (const { of, rounds } of results) rounds.push(measure(of, MEASURED_MS));

  process.stdout.write(`${microReport(bench, results)}\n`);
  for (const line of brokenBounds(results)) {
    process.stderr.write(`${line}\n`);
    process.exitCode = 1;
  }
}

/** Two that do not do the same are not compared. */
function checkSameWork({ name, ours, baseline }: MicroCase): void {
  const [units, wanted] = [ours(), baseline()];
  if (units !== wanted || units === 0)
    throw new Error(`Cannot compare ${name}: it did ${units}, want ${wanted} as the baseline`);
}

/** Means, as work that makes garbage pays for it now and then only. */
function measure({ ours, baseline }: MicroCase, timeMs: number): Round {
  const bench = new Bench({
    time: timeMs,
    iterations: ITERATIONS_MIN,
    now: cpuMs,
    warmup: false,
    throws: true,
    retainSamples: false,
  });
  const [first, second] = bench
    .add('ours', () => repeat(ours), { async: false })
    .add('baseline', () => repeat(baseline), { async: false })
    .runSync();
  return {
    oursNs: meanNs(first!.result) / ours(),
    baselineNs: meanNs(second!.result) / baseline(),
  };
}

function repeat(run: Run): void {
  for (let i = 0; i < RUNS_TIMED; i++)
    if (run() === 0) throw new Error('Cannot measure: a run did nothing, want the same each time');
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Of one run. */
function meanNs(result: Bench['results'][number]): number {
  if (result.state !== 'completed')
    throw new Error(`Cannot measure: the run is ${result.state}, want it completed`);
  return (result.latency.mean * NS_PER_MS) / RUNS_TIMED;
}
