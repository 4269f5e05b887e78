import { parseArgs } from 'node:util';

const USAGE = `npm run bench -- [--rounds N] [--requests N] [--only NAME,…] [--quick] [--beside DIR] [--out FILE]
  --rounds N     interleaved rounds (5; with --quick 1)
  --requests N   requests of an unpipelined cell; cheaper workloads take a multiple (100000; with --quick 2000)
  --only NAME,…  these candidates and workloads, e.g. --only 'keyfleet,GET P1'; nothing is written without --out
  --quick        shows that the bench works: one short round without the peers that must be fetched
  --beside DIR   the proxy of another checkout as one more candidate, and all as multiples of it
  --out FILE     writes FILE.md and FILE.json (docs/benchmarks/first-figures when all is measured)`;

const WHOLE = { rounds: '5', requests: '100000' };
const QUICK = { rounds: '1', requests: '2000' };

export type Options = {
  readonly rounds: number;
  readonly requests: number;
  readonly only: readonly string[];
  readonly isQuick: boolean;
  /** Root of another checkout. */
  readonly beside: string | null;
  /** Without an ending; null: only to standard output. */
  readonly out: string | null;
};

export class UsageError extends Error {
  readonly exitCode = 64;
  constructor(because: string) {
    super(`Cannot start the bench: ${because}\n${USAGE}`);
    this.name = 'UsageError';
  }
}

export function readOptions(argv: readonly string[], defaultOut: string): Options {
  const values = parse(argv);
  const usual = values.quick ? QUICK : WHOLE;
  const only = values.only?.split(',').map((name) => name.trim()) ?? [];
  return {
    rounds: count('--rounds', values.rounds ?? usual.rounds),
    requests: count('--requests', values.requests ?? usual.requests),
    only,
    isQuick: values.quick,
    beside: values.beside ?? null,
    out: values.out ?? (isPart(values) ? null : defaultOut),
  };
}

function isPart({ quick, only, beside }: ReturnType<typeof parse>): boolean {
  return quick || only !== undefined || beside !== undefined;
}

/** Names of either kind; no name of a kind means all of that kind. Throws UsageError for a name of neither. */
export function pick<A extends { name: string }, B extends { name: string }>(
  only: readonly string[],
  candidates: readonly A[],
  workloads: readonly B[],
): { candidates: readonly A[]; workloads: readonly B[] } {
  const known = [...candidates, ...workloads].map(({ name }) => name);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`--only names "${unknown.join(', ')}", want any of ${known.join(', ')}`);
  return { candidates: among(only, candidates), workloads: among(only, workloads) };
}

function among<T extends { name: string }>(only: readonly string[], all: readonly T[]) {
  const chosen = all.filter(({ name }) => only.includes(name));
  return chosen.length > 0 ? chosen : all;
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = {
    rounds: text,
    requests: text,
    only: text,
    beside: text,
    out: text,
    quick: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function count(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${flag} is "${text}", want a number from 1`);
}
