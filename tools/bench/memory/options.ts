import { countOf, readFlags, UsageError } from '../options/flags.ts';

const USAGE = `npm run bench:memory -- [--rounds N] [--connections N] [--only NAME,…] [--out FILE]
  --rounds N       rounds, each with fresh processes (3)
  --connections N  idle and active connections (10000)
  --only NAME,…    these candidates; nothing is written without --out
  --out FILE       writes FILE.md and FILE.json (docs/benchmarks/memory when all is measured)
                   and takes what people wrote about it from FILE.notes.md, if that is there`;

const types = {
  rounds: { type: 'string' },
  connections: { type: 'string' },
  only: { type: 'string' },
  out: { type: 'string' },
} as const;

/** The proxy's own limit, and all that this process may open, is not far above. */
const CONNECTIONS_MAX = 10_000;

export type MemoryOptions = {
  readonly rounds: number;
  readonly connections: number;
  /** Names of candidates. */
  readonly only: readonly string[];
  readonly out: string | null;
};

/** Throws UsageError. */
export function readMemoryOptions(
  argv: readonly string[],
  defaults: { readonly candidates: readonly string[]; readonly out: string },
): MemoryOptions {
  const { texts, wrong: found } = readFlags(argv, types);
  const wrong = [...found];
  const options = {
    rounds: countOf('--rounds', texts['rounds'] ?? '3', wrong),
    connections: countOf('--connections', texts['connections'] ?? String(CONNECTIONS_MAX), wrong),
    only: texts['only']?.split(',').map((name) => name.trim()) ?? defaults.candidates,
    out: texts['out'] ?? (Object.keys(texts).length > 0 ? null : defaults.out),
  };
  if (options.connections > CONNECTIONS_MAX)
    wrong.push(`--connections is ${options.connections}, want at most ${CONNECTIONS_MAX}`);
  const unknown = options.only.filter((name) => !defaults.candidates.includes(name));
  if (unknown.length > 0)
    wrong.push(
      `--only names "${unknown.join(', ')}", want any of ${defaults.candidates.join(', ')}`,
    );
  if (wrong.length > 0) throw new UsageError(wrong, USAGE);
  return options;
}
