import { readFlags, UsageError } from '../bench/options/flags.ts';
import { modeNames, units, type Mode } from './units.ts';

const USAGE = `npm run redis-suite -- [--units NAME,…] [--modes NAME,…] [--quick] [--log FILE] [--out FILE]
  --units NAME,…  these units, e.g. --units unit/scan,unit/multi (all)
  --modes NAME,…  ${modeNames.join(', ')} (all)
  --quick         does not try whether skipped tests pass by now
  --log FILE      all that the suite prints, appended
  --out FILE      writes FILE.md and FILE.json, e.g. docs/redis-suite`;

const types = {
  units: { type: 'string' },
  modes: { type: 'string' },
  log: { type: 'string' },
  out: { type: 'string' },
  quick: { type: 'boolean' },
} as const;

export type Options = {
  readonly units: readonly string[];
  readonly modes: readonly Mode[];
  readonly isQuick: boolean;
  readonly log: string | null;
  /** Without an ending; null: only to standard output. */
  readonly out: string | null;
};

/** Throws UsageError. */
export function readOptions(argv: readonly string[]): Options {
  const { texts, isSet, wrong: mistakes } = readFlags(argv, types);
  const wrong = [...mistakes];
  const options = {
    units: chosen('--units', { text: texts['units'], known: units, wrong }),
    modes: chosen('--modes', { text: texts['modes'], known: modeNames, wrong }),
    isQuick: isSet('quick'),
    log: texts['log'] ?? null,
    out: texts['out'] ?? null,
  };
  if (wrong.length > 0) throw new UsageError(wrong, USAGE, 'the suite');
  return options;
}

type Choice<T> = { text: string | undefined; known: readonly T[]; wrong: string[] };

function chosen<T extends string>(flag: string, { text, known, wrong }: Choice<T>): readonly T[] {
  if (text === undefined) return known;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name as T));
  if (unknown.length > 0)
    wrong.push(`${flag} names "${unknown.join(', ')}", want any of ${known.join(', ')}`);
  return known.filter((name) => names.includes(name));
}
