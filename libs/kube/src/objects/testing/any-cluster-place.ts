/** Any cluster, for laws. */
import { ClusterSpec } from '@keyfleet/lifecycle';
import fc from 'fast-check';
import type { ClusterPlace } from '../cluster-place.ts';
import { placeOf } from './place-of.ts';

const optional = { requiredKeys: [] };
const amounts = fc.record(
  {
    cpu: fc.constantFrom('250m', '2', '0.5'),
    memory: fc.constantFrom('64Mi', '2Gi', '300000000'),
  },
  optional,
);
const resources = fc.record({ requests: amounts, limits: amounts }, optional);

const proxy = fc.oneof(
  fc.record(
    {
      replicas: fc.integer({ min: 1, max: 1000 }),
      port: fc.integer({ min: 1, max: 65535 }),
      resources,
    },
    optional,
  ),
  fc.record({
    autoscaling: fc.record({
      minReplicas: fc.integer({ min: 1, max: 3 }),
      maxReplicas: fc.integer({ min: 3, max: 1000 }),
    }),
  }),
);

const scheduling = fc.record(
  {
    antiAffinity: fc.record({ host: fc.constantFrom('required', 'preferred') }),
    nodeSelector: fc.constantFrom({}, { disk: 'ssd' }),
    tolerations: fc.constantFrom([], [{ key: 'redis', operator: 'Exists', effect: 'NoSchedule' }]),
  },
  optional,
);

const storage = fc.record(
  {
    size: fc.constantFrom('512Mi', '10Gi'),
    storageClassName: fc.constantFrom('standard', 'fast'),
    retention: fc.record({ whenDeleted: fc.constantFrom('Retain', 'Delete') }),
  },
  optional,
);

const anyClusterSpec: fc.Arbitrary<ClusterSpec> = fc
  .record(
    {
      engine: fc.record(
        { flavor: fc.constantFrom('redis', 'valkey'), image: fc.constant('mirror/redis:7.2') },
        optional,
      ),
      shards: fc.integer({ min: 1, max: 4 }),
      replicasPerShard: fc.integer({ min: 0, max: 5 }),
      persistence: fc.record({ mode: fc.constantFrom('none', 'rdb', 'aof', 'both') }),
      maxMemory: fc.constantFrom('100', '256Mi', '4Gi'),
      config: fc.constantFrom({}, { hz: '20' }),
      proxy,
      storage,
      resources,
      scheduling,
    },
    optional,
  )
  .map((spec) => ClusterSpec.parse(spec));

export const anyClusterPlace: fc.Arbitrary<ClusterPlace> = fc
  .record({
    namespace: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
    name: fc.stringMatching(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/),
    spec: anyClusterSpec,
    pull: fc.constantFrom({}, { imagePullPolicy: 'Always', imagePullSecrets: ['mirror'] } as const),
  })
  .map(({ spec, pull, ...names }) => ({ ...placeOf({}, { ...names, ...pull }), spec }));
