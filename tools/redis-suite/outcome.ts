/** What became of the tests of one unit. */
export type Verdict =
  | 'passed'
  | 'failed'
  /** It stood still, and was ended. */
  | 'hung'
  /** By the skip file. */
  | 'skipped'
  /** By its tags: it needs what an outside server does not have, or what this mode excludes. */
  | 'ignored';

export type TestOutcome = {
  readonly name: string;
  readonly verdict: Verdict;
  /** Of a failed one: what was expected. */
  readonly because: string;
};

export type UnitOutcome = {
  readonly unit: string;
  /** In the order of the run; a name may come several times. */
  readonly tests: readonly TestOutcome[];
  /** Why the unit came to no end although those that hung were left out; else empty. */
  readonly aborted: string;
};
