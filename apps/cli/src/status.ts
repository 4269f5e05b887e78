import { chooseClusters } from './choose-clusters.ts';
import type { ShownCluster } from './shown-cluster.ts';
import { statusTable } from './status-table.ts';

export type StatusOptions = {
  readonly cluster: string;
  readonly json: boolean;
  /** What is said when there is no cluster. */
  readonly none: string;
};

export function status(
  all: readonly ShownCluster[],
  { cluster, json, none }: StatusOptions,
): number {
  const clusters = chooseClusters(all, cluster);
  if (json)
    console.log(JSON.stringify({ clusters: clusters.map(({ status }) => status) }, null, 2));
  else console.log(clusters.map(statusTable).join('\n\n') || none);
  return 0;
}
