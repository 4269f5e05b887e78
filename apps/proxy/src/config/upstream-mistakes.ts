/** What is wrong with one cluster when its settings are seen together. */
import type { ClusterSettings } from '../settings.ts';
import { credentialMistakes } from '../upstream/open-credentials.ts';
import type { UpstreamKind } from '../upstream/upstream-kind.ts';

/** What could not be read is not there, and was reported already. */
type Read = Partial<ClusterSettings>;
type Mistake = readonly [key: keyof ClusterSettings, what: string];

/** What is said of one that is missing. */
export const REQUIRED = 'is required';

export function upstreamMistakes(cluster: Read): Mistake[] {
  return [...placeMistakes(cluster), ...credentialMistakes(cluster), ...tlsMistakes(cluster)];
}

type PlaceKey = 'configserver' | 'seeds';

/** How many of them a kind of upstream wants, at least and at most. */
const wanted: Readonly<
  Record<UpstreamKind, Readonly<Record<PlaceKey, readonly [min: number, max: number]>>>
> = {
  topology: { configserver: [1, Infinity], seeds: [0, 0] },
  'redis-cluster': { configserver: [0, Infinity], seeds: [1, Infinity] },
  standalone: { configserver: [0, Infinity], seeds: [1, 1] },
};

function placeMistakes({ upstream, ...cluster }: Read): Mistake[] {
  if (upstream === undefined) return [];
  return (['configserver', 'seeds'] as const).flatMap((key): Mistake[] => {
    const count = cluster[key]?.length;
    const [min, max] = wanted[upstream][key];
    if (count === undefined || (count >= min && count <= max)) return [];
    if (count === 0) return [[key, REQUIRED]];
    if (max === 0) return [[key, `means nothing where upstream is ${upstream}`]];
    return [[key, `want ${max} where upstream is ${upstream}, got ${count}`]];
  });
}

function tlsMistakes({ upstreamTlsCertFile: cert, upstreamTlsKeyFile: key }: Read): Mistake[] {
  if (cert && !key) return [['upstreamTlsKeyFile', 'is required where there is a certificate']];
  if (key && !cert) return [['upstreamTlsCertFile', 'is required where there is a key']];
  return [];
}
