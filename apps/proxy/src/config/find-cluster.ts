import { suggestion, type FieldPath } from '@keyfleet/runtime';
import { refuse, type ConfigSource } from './config-source.ts';

export type ClusterNames = readonly string[];

/** The cluster that a listener or a user at `path` names; the only one, if it names none. */
export function findCluster(
  source: ConfigSource,
  { name, path }: { name: string; path: FieldPath },
  clusters: ClusterNames,
): string {
  const found = name === '' && clusters.length === 1 ? clusters[0]! : name;
  // No clusters at all: said already.
  if (clusters.length === 0 || clusters.includes(found)) return found;
  const what =
    found === ''
      ? `is required where there are ${clusters.length} clusters`
      : `want a cluster of this file, got "${found}"${suggestion(found, clusters)}`;
  refuse(source, [...path, 'cluster'], what);
  return found;
}
