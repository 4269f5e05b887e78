import type { MachineFacts } from '@keyfleet/testkit';
import type { Observed } from '../figures/recorder.ts';

/** Two seconds before, and from the event until nobody watches any more. */
export type Phase = 'quiet' | 'event';

/** What the clients of one candidate saw of one phase. */
export type Sample = Observed & {
  readonly scenario: string;
  readonly round: number;
  readonly candidate: string;
  readonly phase: Phase;
};

/** All that is known of a run: what `cluster-upstream.json` holds. */
export type ClusterRun = MachineFacts & {
  readonly command: string;
  readonly rounds: number;
  readonly slots: number;
  /** That are there, besides those of the clients. */
  readonly keys: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly scenarios: readonly string[];
  readonly samples: readonly Sample[];
  /** Rounds of scenarios that went wrong, and why. */
  readonly leftOut: readonly string[];
};
