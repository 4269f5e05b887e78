import { ClusterSpec } from '@keyfleet/lifecycle';
import type { ClusterPlace } from '../cluster-place.ts';

/** The place of a cluster whose manifest has these lines. */
export function placeOf(
  spec: Parameters<typeof ClusterSpec.parse>[0] = {},
  more: Partial<ClusterPlace> = {},
): ClusterPlace {
  return {
    namespace: 'team-a',
    name: 'orders',
    uid: '8e1c1b5e-0f5d-4c39-9d32-0a1b2c3d4e5f',
    spec: ClusterSpec.parse(spec),
    images: { proxy: 'keyfleet/proxy:1', redis: 'redis:8.0', valkey: 'valkey/valkey:8.1' },
    configserverUrls: ['http://configserver:7400'],
    ...more,
  };
}
