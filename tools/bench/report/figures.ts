/** What the rounds say together. Pure. */

/** One candidate, one workload, one round. Null: not to be had, as the CPU of a proxy that is not there. */
export type Sample = {
  readonly round: number;
  readonly workload: string;
  readonly candidate: string;
  readonly proxyCpuMicros: number | null;
  readonly serversCpuMicros: number | null;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Of the proxy, per request; counted in the first round. */
  readonly syscalls: number | null;
  /** Of the proxy when the load ends. */
  readonly residentMb: number | null;
  readonly residentPeakMb: number | null;
};

type Figures<T> = { [K in keyof T]: T[K] extends number | null ? K : never }[keyof T];
export type Figure = Exclude<Figures<Sample>, 'round'>;
export type Cell = { readonly workload: string; readonly candidate: string };
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** Throws RangeError for no values. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('Cannot take a median: no values, want one');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

export function figureOf(samples: readonly Sample[], cell: Cell, figure: Figure): Spread | null {
  const values = samplesOf(samples, cell)
    .map((sample) => sample[figure])
    .filter((value) => value !== null);
  return values.length === 0 ? null : spread(values);
}

type Comparison = { readonly figure: Figure; readonly baseline: string };

/**
 * A candidate's figure as a multiple of the baseline's in the same round: what slows a whole round down leaves the
 * ratio alone. Null when there is nothing to compare.
 */
export function ratioOf(
  samples: readonly Sample[],
  cell: Cell,
  comparison: Comparison,
): Spread | null {
  const pairs = pairsOf(samples, cell, comparison).filter(([, base]) => base !== 0);
  return pairs.length === 0 ? null : spread(pairs.map(([value, base]) => value / base));
}

/** The same, as what the candidate's figure is above the baseline's. */
export function differenceOf(
  samples: readonly Sample[],
  cell: Cell,
  comparison: Comparison,
): Spread | null {
  const pairs = pairsOf(samples, cell, comparison);
  return pairs.length === 0 ? null : spread(pairs.map(([value, base]) => value - base));
}

/** The candidate's figure and the baseline's, of each round that has both. */
function pairsOf(
  samples: readonly Sample[],
  cell: Cell,
  { figure, baseline }: Comparison,
): [number, number][] {
  const theirs = new Map(
    samplesOf(samples, { ...cell, candidate: baseline }).map(({ round, [figure]: value }) => [
      round,
      value,
    ]),
  );
  return samplesOf(samples, cell).flatMap(({ round, [figure]: value }) => {
    const base = theirs.get(round) ?? null;
    return value === null || base === null ? [] : [[value, base] as [number, number]];
  });
}

export function samplesOf(samples: readonly Sample[], { workload, candidate }: Cell): Sample[] {
  return samples.filter((sample) => sample.workload === workload && sample.candidate === candidate);
}
