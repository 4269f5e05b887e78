import type { Choice } from '../candidates/candidates.ts';
import type { Suite } from '../suites.ts';
import { isSlowToStart } from '../workloads/workloads.ts';
import { countOf, readFlags, UsageError, type Flags } from './flags.ts';
import { namesOf, pick } from './pick.ts';

const USAGE = `npm run bench -- [--rounds N] [--requests N] [--only NAME,…] [--quick] [--beside DIR] [--out FILE]
  --rounds N     interleaved rounds (5; with --quick 1); with fewer than 5 nothing is written without --out
  --requests N   requests of an unpipelined cell; other workloads take a multiple (100000; with --quick 2000);
                 with fewer nothing is written without --out
  --only NAME,…  these candidates and workloads, e.g. --only 'keyfleet,GET P1'; nothing is written without --out
  --quick        shows that the bench works: one short round without the peers that must be fetched
  --beside DIR   the proxy of another checkout as one more candidate, and all as multiples of it
  --out FILE     writes FILE.md, FILE.json and FILE.svg (docs/benchmarks/proxy when all is measured)
                 and takes what people wrote about it from FILE.notes.md, if that is there`;

const WHOLE = { rounds: '5', requests: '100000' };
const QUICK = { rounds: '1', requests: '2000' };

const types = {
  rounds: { type: 'string' },
  requests: { type: 'string' },
  only: { type: 'string' },
  beside: { type: 'string' },
  out: { type: 'string' },
  quick: { type: 'boolean' },
} as const;

export type Options = {
  readonly rounds: number;
  readonly requests: number;
  readonly suites: readonly Suite[];
  /** Without an ending; null: only to standard output. */
  readonly out: string | null;
};

export type Defaults = {
  readonly root: string;
  readonly out: string;
  readonly suitesOf: (choice: Choice) => readonly Suite[];
};

/** Throws UsageError. */
export function readOptions(argv: readonly string[], defaults: Defaults): Options {
  const flags = readFlags(argv, types);
  const wrong = [...flags.wrong];
  const usual = flags.isSet('quick') ? QUICK : WHOLE;
  const texts = { ...usual, ...flags.texts };
  const effort = {
    rounds: countOf('--rounds', texts.rounds, wrong),
    requests: countOf('--requests', texts.requests, wrong),
  };
  const isWhole = !isPart(flags) && isFull(effort);
  const suites = pickSuites(flags, defaults, wrong);
  const out = flags.texts['out'] ?? (isWhole ? defaults.out : null);
  if (wrong.length > 0) throw new UsageError(wrong, USAGE);
  return { ...effort, suites, out };
}

function pickSuites({ texts, isSet }: Flags, defaults: Defaults, wrong: string[]) {
  const suites = defaults.suitesOf({
    root: defaults.root,
    beside: texts['beside'] ?? null,
  });
  const only = texts['only']?.split(',').map((name) => name.trim()) ?? [];
  const known = namesOf(suites);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    wrong.push(`--only names "${unknown.join(', ')}", want any of ${known.join(', ')}`);
  const picked = pick(only, suites);
  const left = (isSet('quick') ? picked.map(quickPart) : picked).filter(isSomething);
  if (left.length === 0) wrong.push('--only leaves nothing to measure');
  return left;
}

function isSomething({ candidates, workloads }: Suite): boolean {
  return candidates.length > 0 && workloads.length > 0;
}

function quickPart({ candidates, workloads }: Suite): Suite {
  return {
    candidates: candidates.filter(({ isFetched }) => !isFetched),
    workloads: workloads.filter((workload) => !isSlowToStart(workload)),
  };
}

function isPart({ isSet }: Flags): boolean {
  return ['quick', 'only', 'beside'].some(isSet);
}

/** A report of less says less than the one that it would replace. */
function isFull({ rounds, requests }: Pick<Options, 'rounds' | 'requests'>): boolean {
  return rounds >= Number(WHOLE.rounds) && requests >= Number(WHOLE.requests);
}
