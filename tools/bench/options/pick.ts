/** Which candidates and workloads of which suites are run. Pure. */
type Named = { readonly name: string };
type Suite<C, W> = { readonly candidates: readonly C[]; readonly workloads: readonly W[] };

/** Names of either kind; no name of a kind means all of that kind. A suite of which nothing is left is left out. */
export function pick<C extends Named, W extends Named>(
  only: readonly string[],
  suites: readonly Suite<C, W>[],
): Suite<C, W>[] {
  const all = { candidates: suites.flatMap(candidatesOf), workloads: suites.flatMap(workloadsOf) };
  return suites
    .map((suite) => ({
      candidates: among(only, suite.candidates, all.candidates),
      workloads: among(only, suite.workloads, all.workloads),
    }))
    .filter(({ candidates, workloads }) => candidates.length > 0 && workloads.length > 0);
}

export function namesOf(suites: readonly Suite<Named, Named>[]): string[] {
  const names = [...suites.flatMap(candidatesOf), ...suites.flatMap(workloadsOf)];
  return [...new Set(names.map(({ name }) => name))];
}

function candidatesOf<C>({ candidates }: Suite<C, unknown>): readonly C[] {
  return candidates;
}

function workloadsOf<W>({ workloads }: Suite<unknown, W>): readonly W[] {
  return workloads;
}

function among<T extends Named>(only: readonly string[], own: readonly T[], all: readonly T[]) {
  const isNamed = ({ name }: T) => only.includes(name);
  return all.some(isNamed) ? own.filter(isNamed) : own;
}
