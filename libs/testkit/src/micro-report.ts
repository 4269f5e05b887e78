/** What a micro-bench says of its rounds. Pure. */

/** Does all of its work once, which takes ten microseconds at least; says how much that was, in units, or 0: it failed. */
export type Run = () => number;

export type MicroCase = {
  readonly name: string;
  readonly ours: Run;
  readonly baseline: Run;
  /** What ours takes as a multiple of the baseline, at most. */
  readonly ratioMax: number;
};

export type MicroBench = {
  readonly title: string;
  /** What is compared, as Markdown. */
  readonly about: string;
  /** What the figures are per. */
  readonly unit: string;
  readonly baseline: string;
  readonly cases: readonly MicroCase[];
};

/** Of the same few milliseconds. */
export type Round = { readonly oursNs: number; readonly baselineNs: number };
export type MicroResult = { readonly of: MicroCase; readonly rounds: readonly Round[] };

export function microReport(
  { title, about, unit, baseline }: MicroBench,
  results: readonly MicroResult[],
): string {
  const head = [`ns per ${unit}`, 'ours', baseline, 'ratio', 'at most'];
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:'));
  const table = [head, rule, ...results.map(rowOf)].map((cells) => `| ${cells.join(' | ')} |`);
  return [`## ${title}`, '', about, '', ...table].join('\n');
}

/** A line for each; empty: all is as it should be. */
export function brokenBounds(results: readonly MicroResult[]): string[] {
  return results
    .map(({ of, rounds }) => ({ ...of, ratio: median(rounds.map(ratioOf)) }))
    .filter(({ ratio, ratioMax }) => ratio > ratioMax)
    .map(
      ({ name, ratio, ratioMax }) =>
        `${name}: ${ratio.toFixed(2)} times its baseline, want at most ${ratioMax}`,
    );
}

function rowOf({ of: { name, ratioMax }, rounds }: MicroResult): string[] {
  const ratios = rounds.map(ratioOf);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return [
    name,
    writtenNs(median(rounds.map(({ oursNs }) => oursNs))),
    writtenNs(median(rounds.map(({ baselineNs }) => baselineNs))),
    `${median(ratios).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`,
    String(ratioMax),
  ];
}

const ratioOf = ({ oursNs, baselineNs }: Round): number => oursNs / baselineNs;

const writtenNs = (ns: number): string => ns.toFixed(ns < 100 ? 1 : 0);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
