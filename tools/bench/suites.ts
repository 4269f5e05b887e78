/** What is measured against what. Suites run one after the other, each with candidates of its own. */
import {
  candidatesOf,
  spreadCandidatesOf,
  type Candidate,
  type Choice,
} from './candidates/candidates.ts';
import { spreadWorkloads, workloads, type Workload } from './workloads/workloads.ts';

export type Suite = {
  readonly candidates: readonly Candidate[];
  readonly workloads: readonly Workload[];
};

export function suitesOf(choice: Choice): readonly Suite[] {
  return [
    { candidates: candidatesOf(choice), workloads },
    { candidates: spreadCandidatesOf(choice), workloads: spreadWorkloads },
  ];
}
