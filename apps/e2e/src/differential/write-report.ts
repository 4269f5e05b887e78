import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus, release, type } from 'node:os';
import { format, resolveConfig } from 'prettier';
import { markdownReport, type DifferentialRun } from './report.ts';

/** When, where, of what, and what to type to repeat it. */
export function runFacts(
  argv: readonly string[],
): Pick<DifferentialRun, 'date' | 'machine' | 'commit' | 'command'> {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? '?'}, ${type()} ${release()}`,
    commit: execFileSync('git', ['describe', '--always', '--dirty']).toString().trim(),
    command: ['npm run differential --', ...argv].join(' '),
  };
}

/** `out`: without an ending. */
export async function writeReport(out: string, run: DifferentialRun): Promise<void> {
  const texts = { md: markdownReport(run), json: JSON.stringify(run) };
  for (const [ending, text] of Object.entries(texts)) {
    const filepath = `${out}.${ending}`;
    const config = await resolveConfig(filepath);
    await writeFile(filepath, await format(text, { ...config, filepath }));
  }
}
