/** The features over a Redis Cluster; in the long form (KEYFLEET_E2E_ROUNDS=2) the tours, too. */
import { describe } from 'vitest';
import { describeFeatures } from './features/describe-features.ts';
import { ROUNDS } from './redis-cluster/rounds.ts';
import { useRedisCluster } from './redis-cluster/use-redis-cluster.ts';
import { describeTours } from './tours/describe-tours.ts';

const place = useRedisCluster();

describe('features', () => describeFeatures(() => place.proxy));
describe.skipIf(ROUNDS === 1)('tours', () => describeTours(() => place.proxy));
