import type { Sample } from './figures.ts';

/** All that is known of a run: what `proxy.json` holds. */
export type Run = {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  readonly commit: string;
  readonly rounds: number;
  readonly requests: number;
  /** Of each candidate, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly workloads: readonly string[];
  readonly candidates: readonly string[];
  readonly samples: readonly Sample[];
};
