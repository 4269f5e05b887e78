/** One run: unit after unit, on a plain server, on the proxy, and once more without skips. */
import { judge, type Judgement } from './judge.ts';
import type { Options } from './options.ts';
import { failureLines } from './report.ts';
import { runUnit, type Task } from './runtest.ts';
import { plainServer, proxyOf } from './servers.ts';
import { skipsFor, type Skip } from './skips.ts';

export type Plan = {
  readonly root: string;
  readonly source: string;
  readonly skips: readonly Skip[];
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
  readonly onProgress: (line: string) => void;
};

export async function runSuite(
  { units, modes, isQuick }: Options,
  { root, source, skips, signal, log, onProgress }: Plan,
): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (const mode of modes) {
    const proxy = proxyOf(root, mode);
    for (const unit of units) {
      signal.throwIfAborted();
      const own = skipsFor(skips, mode, unit);
      const task: Task = { source, unit, mode, skips: [], signal, log };
      const judgement = judge({
        mode,
        skips: own,
        baseline: await runUnit(task, plainServer),
        proxy: await runUnit({ ...task, skips: own.map(({ test }) => test) }, proxy),
        unskipped: isQuick || own.length === 0 ? null : await runUnit(task, proxy),
      });
      judgements.push(judgement);
      onProgress(progressOf(judgement));
    }
  }
  return judgements;
}

function progressOf({
  mode,
  unit,
  wanted,
  passed,
  skipped,
  failures,
  needless,
  aborted,
}: Judgement): string {
  const parts = [
    `${passed} of ${wanted} passed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(needless.length > 0 ? [`${needless.length} skips not needed`] : []),
    ...(aborted === '' ? [] : [`aborted: ${aborted}`]),
    ...failureLines(failures).map((line) => `\n  ${line}`),
  ];
  return `${mode} ${unit}: ${parts.join(', ')}`;
}
