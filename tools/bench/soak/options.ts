import { countOf, readFlags, UsageError } from '../options/flags.ts';

const USAGE = `npm run bench:soak -- [--minutes N] [--phase-seconds N] [--out FILE]
  --minutes N        at least so long; the last cycle is run to its end (30)
  --phase-seconds N  of each load of a cycle (5, at most 100)
  --out FILE         writes FILE.md, FILE.json and FILE.svg (docs/benchmarks/soak after 30 minutes or more)
                     and takes what people wrote about it from FILE.notes.md, if that is there`;

const types = {
  minutes: { type: 'string' },
  'phase-seconds': { type: 'string' },
  out: { type: 'string' },
} as const;
const WHOLE_MINUTES = 30;
/** A load that lasts two minutes is taken for one that hangs. */
const PHASE_SECONDS_MAX = 100;

export type SoakOptions = {
  readonly minutes: number;
  readonly phaseSeconds: number;
  readonly out: string | null;
};

/** Throws UsageError. */
export function readSoakOptions(argv: readonly string[], defaultOut: string): SoakOptions {
  const { texts, wrong: found } = readFlags(argv, types);
  const wrong = [...found];
  const minutes = countOf('--minutes', texts['minutes'] ?? String(WHOLE_MINUTES), wrong);
  const phaseSeconds = countOf('--phase-seconds', texts['phase-seconds'] ?? '5', wrong);
  if (phaseSeconds > PHASE_SECONDS_MAX)
    wrong.push(`--phase-seconds is ${phaseSeconds}, want at most ${PHASE_SECONDS_MAX}`);
  if (wrong.length > 0) throw new UsageError(wrong, USAGE);
  const out = texts['out'] ?? (minutes < WHOLE_MINUTES ? null : defaultOut);
  return { minutes, phaseSeconds, out };
}
