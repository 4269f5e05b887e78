/** The reviewed list of tests that need not pass, as text and by place. Pure. */
import { modeNames, type Mode } from './units.ts';

export type Skip = {
  readonly modes: readonly Mode[];
  readonly unit: string;
  readonly test: string;
  readonly reason: string;
};

class SkipFileError extends Error {
  override readonly name = 'SkipFileError';
}

/** `mode | unit | test | reason` by line; `#` begins a remark. */
export function parseSkips(text: string): Skip[] {
  const lines = text.split('\n').map((line, at) => ({ line: line.trim(), number: at + 1 }));
  return lines
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => {
      const skip = parseLine(line);
      if (skip) return skip;
      throw new SkipFileError(
        `Cannot read line ${number} of the skip file: "${line}", want: mode | unit | test | reason`,
      );
    });
}

export function skipsFor(skips: readonly Skip[], mode: Mode, unit: string): Skip[] {
  return skips.filter((skip) => skip.unit === unit && skip.modes.includes(mode));
}

const SHORTHANDS: Readonly<Record<string, readonly Mode[]>> = {
  all: modeNames,
  /** Over shards of our own. */
  both: ['cluster-mode', 'singledb'],
};

function parseLine(line: string): Skip | null {
  const parts = line.split(' | ').map((part) => part.trim());
  const [mode, unit] = parts;
  const reason = parts.at(-1)!;
  const test = parts.slice(2, -1).join(' | ');
  const found = SHORTHANDS[mode ?? ''] ?? modeNames.filter((name) => name === mode);
  if (found.length === 0 || !unit?.startsWith('unit/') || test === '' || reason === '') return null;
  return { modes: found, unit, test, reason };
}
