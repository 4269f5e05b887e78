import { countOf, readFlags, UsageError } from '../options/flags.ts';

const USAGE = `npm run bench:cluster-upstream -- [--rounds N] [--slots N] [--only NAME,…] [--out FILE]
  --rounds N     rounds of all scenarios (5; about 100 s each); with fewer nothing is written without --out
  --slots N      that a resharding moves, there and back (1500)
  --only NAME,…  these scenarios; nothing is written without --out
  --out FILE     writes FILE.md and FILE.json (docs/benchmarks/cluster-upstream when all is measured)
                 and takes what people wrote about it from FILE.notes.md, if that is there`;

const types = {
  rounds: { type: 'string' },
  slots: { type: 'string' },
  only: { type: 'string' },
  out: { type: 'string' },
} as const;

const WHOLE_ROUNDS = 5;
/** A third of what a shard has. */
const SLOTS = 1500;
const SLOTS_MAX = 5000;

export type ClusterOptions = {
  readonly rounds: number;
  readonly slots: number;
  /** Names of scenarios. */
  readonly only: readonly string[];
  /** Without an ending; null: only to standard output. */
  readonly out: string | null;
};

/** Throws UsageError. */
export function readClusterOptions(
  argv: readonly string[],
  defaults: { readonly scenarios: readonly string[]; readonly out: string },
): ClusterOptions {
  const { texts, wrong: found } = readFlags(argv, types);
  const wrong = [...found];
  const rounds = countOf('--rounds', texts['rounds'] ?? String(WHOLE_ROUNDS), wrong);
  const slots = countOf('--slots', texts['slots'] ?? String(SLOTS), wrong);
  if (slots > SLOTS_MAX) wrong.push(`--slots is ${slots}, want at most ${SLOTS_MAX}`);
  const only = onlyOf(texts['only'], defaults.scenarios, wrong);
  if (wrong.length > 0) throw new UsageError(wrong, USAGE);
  const isWhole = rounds >= WHOLE_ROUNDS && texts['only'] === undefined;
  return { rounds, slots, only, out: texts['out'] ?? (isWhole ? defaults.out : null) };
}

function onlyOf(text: string | undefined, known: readonly string[], wrong: string[]) {
  const only = text?.split(',').map((name) => name.trim()) ?? known;
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    wrong.push(`--only names "${unknown.join(', ')}", want any of ${known.join(', ')}`);
  return only;
}
