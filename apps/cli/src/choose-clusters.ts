import { CommandError } from './command-error.ts';

/** All of them when no name is given (the empty text). Throws CommandError. */
export function chooseClusters<T extends { readonly name: string }>(
  clusters: readonly T[],
  wanted: string,
): readonly T[] {
  if (wanted === '') return clusters;
  const found = clusters.filter(({ name }) => name === wanted);
  if (found.length > 0) return found;
  const there = clusters.map(({ name }) => name).join(', ');
  const choice = clusters.length > 1 ? `one of ${there}` : there;
  const because =
    clusters.length === 0 ? 'there is none yet' : `there is no such cluster, want ${choice}`;
  throw new CommandError(`Cannot show the cluster ${wanted}: ${because}`);
}
