import type { ClusterSettings } from '../settings.ts';
import type { UpstreamKind } from '../upstream/upstream-kind.ts';

type Key = 'configserver' | 'seeds';
type Report = (key: Key, what: string) => void;

/** Where the servers are: how many of each a kind of upstream wants, at least and at most. */
const wanted: Readonly<Record<UpstreamKind, Readonly<Record<Key, readonly [number, number]>>>> = {
  topology: { configserver: [1, Infinity], seeds: [0, 0] },
  'redis-cluster': { configserver: [0, Infinity], seeds: [1, Infinity] },
  standalone: { configserver: [0, Infinity], seeds: [1, 1] },
};

/** A value that could not be read was reported already. */
export function checkUpstream(cluster: Partial<ClusterSettings>, report: Report): void {
  const { upstream } = cluster;
  if (upstream === undefined) return;
  for (const key of ['configserver', 'seeds'] as const) {
    const count = cluster[key]?.length;
    const [min, max] = wanted[upstream][key];
    if (count === undefined || (count >= min && count <= max)) continue;
    if (count === 0) report(key, 'is required');
    else if (max === 0) report(key, `means nothing where upstream is ${upstream}`);
    else report(key, `want ${max} where upstream is ${upstream}, got ${count}`);
  }
}
