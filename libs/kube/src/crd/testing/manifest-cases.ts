/** Manifests that both platforms judge alike, as tables: `parseManifest` reads them, and a real API server too. */
import { deniedConfigKeys } from '@keyfleet/lifecycle';

export type Refused = {
  readonly name?: string;
  readonly spec?: unknown;
  /** What `parseManifest` says, and all that it says. */
  readonly local: string;
  /** What the API server says, and all that it says. */
  readonly kube: string;
};

/** By the rule that refuses: each breaks that one only. */
export const refusedByRule: Readonly<Record<string, Refused>> = {
  'the name of a cluster is short': {
    name: 'x'.repeat(41),
    local: `metadata.name  want a DNS label of at most 40 characters that begins with a letter, got "${'x'.repeat(41)}"`,
    kube: 'metadata.name: Invalid value: "object": want a DNS label of at most 40 characters that begins with a letter',
  },
  'config has names of redis.conf': {
    spec: { config: { PORT: '1' } },
    local: 'spec.config.PORT  want a name of a-z and -, as in redis.conf',
    kube: 'spec.config: Invalid value: "object": want a name of a-z and -, as in redis.conf',
  },
  'config has one line for each name': {
    spec: { config: { hz: '10\nport 1' } },
    local: 'spec.config.hz  want one line',
    kube: 'spec.config[hz]: Invalid value: "string": want one line',
  },
  'config has no cluster-*': {
    spec: { config: { 'cluster-enabled': 'yes' } },
    local: 'spec.config.cluster-enabled  is set by Keyfleet',
    kube: 'spec.config: Forbidden: cluster-* is set by Keyfleet',
  },
  'config has no slave*': {
    spec: { config: { 'slave-serve-stale-data': 'yes' } },
    local: 'spec.config.slave-serve-stale-data  is set by Keyfleet',
    kube: 'spec.config: Forbidden: slave* is set by Keyfleet',
  },
  ...Object.fromEntries(deniedConfigKeys.map((key) => [`config has no ${key}`, denied(key)])),
  'the autoscaler excludes a number of proxies': {
    spec: { proxy: { replicas: 2, autoscaling: { maxReplicas: 4 } } },
    local: 'spec.proxy.autoscaling  excludes replicas: the autoscaler sets their number',
    kube: 'spec.proxy.autoscaling: Forbidden: excludes replicas: the autoscaler sets their number',
  },
  'the autoscaler has a range': {
    spec: { proxy: { autoscaling: { maxReplicas: 1 } } },
    local: 'spec.proxy.autoscaling.maxReplicas  want at least minReplicas',
    kube: 'spec.proxy.autoscaling.maxReplicas: Invalid value: "object": want at least minReplicas',
  },
  'spec.durability.mode is not built': {
    spec: { durability: { mode: 'quorum' } },
    local: 'spec.durability.mode  "quorum" is not built yet, want "async"',
    kube: 'spec.durability.mode: Forbidden: "quorum" is not built yet, want "async"',
  },
  'spec.failover is not built': {
    spec: { failover: { probeIntervalMs: 100 } },
    local: 'spec.failover  is not built yet',
    kube: 'spec.failover: Forbidden: is not built yet',
  },
};

function denied(key: string): Refused {
  return {
    spec: { config: { [key]: '1' } },
    local: `spec.config.${key}  is set by Keyfleet`,
    kube: `spec.config: Forbidden: ${key} is set by Keyfleet`,
  };
}

/** By the schema alone: both name the field, each in its own words. */
export const refusedByShape: readonly (readonly [field: string, why: string, spec: unknown])[] = [
  ['spec.shards', 'is too small', { shards: 0 }],
  ['spec.shards', 'is too great', { shards: 1025 }],
  ['spec.shards', 'is text', { shards: '3' }],
  ['spec.replicasPerShard', 'is too great', { replicasPerShard: 6 }],
  ['spec.replicasPerShard', 'is no integer', { replicasPerShard: 1.5 }],
  ['spec.shard', 'is not a field', { shard: 3 }],
  ['spec.engine.flavor', 'is no choice', { engine: { flavor: 'keydb' } }],
  ['spec.engine.image', 'is empty', { engine: { image: '' } }],
  ['spec.engine.image', 'is too long', { engine: { image: 'x'.repeat(501) } }],
  ['spec.durability.mode', 'is no choice', { durability: { mode: 'never' } }],
  ['spec.persistence.mode', 'is no choice', { persistence: { mode: 'disk' } }],
  ['spec.maxMemory', 'has a wrong unit', { maxMemory: '1GB' }],
  ['spec.maxMemoryPolicy', 'is no choice', { maxMemoryPolicy: 'random' }],
  ['spec.config', 'is a list', { config: [] }],
  ['spec.config', 'has too many entries', { config: configOf(101) }],
  ['spec.config.hz', 'is a number', { config: { hz: 10 } }],
  ['spec.config.hz', 'is too long', { config: { hz: 'x'.repeat(1025) } }],
  ['spec.proxy.replicas', 'is too small', { proxy: { replicas: 0 } }],
  ['spec.proxy.port', 'is too great', { proxy: { port: 65_536 } }],
  ['spec.proxy.autoscaling.maxReplicas', 'is missing', { proxy: { autoscaling: {} } }],
  ['spec.proxy.resources.limits.cpu', 'is a word', resources('limits', { cpu: 'two' })],
  ['spec.proxy.resources.requests.memory', 'is negative', resources('requests', { memory: '-1' })],
  ['spec.storage.size', 'has a wrong unit', { storage: { size: '10GB' } }],
  ['spec.storage.retention.whenDeleted', 'is no choice', retention('Keep')],
  [
    'spec.scheduling.antiAffinity.host',
    'is no choice',
    { scheduling: { antiAffinity: { host: 'x' } } },
  ],
  [
    'spec.scheduling.nodeSelector.disk',
    'is no text',
    { scheduling: { nodeSelector: { disk: true } } },
  ],
  [
    'spec.scheduling.tolerations',
    'is too long',
    { scheduling: { tolerations: Array(21).fill({}) } },
  ],
];

function resources(which: 'limits' | 'requests', amounts: unknown): unknown {
  return { proxy: { resources: { [which]: amounts } } };
}

function retention(whenDeleted: string): unknown {
  return { storage: { retention: { whenDeleted } } };
}

const everything = {
  engine: { flavor: 'valkey', image: 'valkey/valkey:8.1' },
  shards: 1024,
  replicasPerShard: 0,
  durability: { mode: 'async' },
  persistence: { mode: 'both' },
  maxMemory: '256Mi',
  maxMemoryPolicy: 'allkeys-lru',
  reads: { policy: 'nearest' },
  config: { ...configOf(100), hz: 'x'.repeat(1024) },
  proxy: {
    port: 6379,
    autoscaling: { minReplicas: 3, maxReplicas: 3, targetCpuPercent: 50 },
    resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: '0.5' } },
  },
  storage: { size: '2Ti', storageClassName: '', retention: { whenDeleted: 'Delete' } },
  resources: { requests: { cpu: '2' }, limits: { memory: '1Gi' } },
  scheduling: {
    antiAffinity: { host: 'preferred' },
    nodeSelector: { 'disk.example.com/type': 'ssd' },
    tolerations: [
      { key: 'x', operator: 'Equal', value: 'y', effect: 'NoExecute', tolerationSeconds: 60 },
    ],
  },
};

export const accepted: readonly (readonly [what: string, spec: unknown])[] = [
  ['nothing', undefined],
  ['no field', {}],
  ['three lines', { shards: 1, replicasPerShard: 2, maxMemory: '1Gi' }],
  ['a number of proxies', { proxy: { replicas: 1000 } }],
  ['a bare autoscaler', { proxy: { autoscaling: { maxReplicas: 2 } } }],
  ['every field', everything],
];

type Change = { readonly before: unknown; readonly after: unknown; readonly kube: string };

const NOT_BUILT = 'Forbidden: changing it is not built yet';
const FIXED = 'Forbidden: cannot be changed';

/** By the rule that refuses. */
export const refusedChanges: readonly (Change & { readonly rule: string })[] = [
  change('spec.shards', NOT_BUILT, { shards: 3 }, { shards: 4 }),
  change('spec.shards', NOT_BUILT, { shards: 4 }, {}),
  change('spec.replicasPerShard', NOT_BUILT, {}, { replicasPerShard: 2 }),
  change('spec.engine.image', NOT_BUILT, {}, { engine: { image: 'redis:8.2' } }),
  change('spec.engine.image', NOT_BUILT, { engine: { image: 'redis:8.2' } }, {}),
  change('spec.engine.image', NOT_BUILT, { engine: { image: 'a' } }, { engine: { image: 'b' } }),
  change('spec.persistence.mode', NOT_BUILT, {}, { persistence: { mode: 'none' } }),
  change('spec.storage.size', NOT_BUILT, {}, { storage: { size: '2Gi' } }),
  change('spec.engine.flavor', FIXED, {}, { engine: { flavor: 'valkey' } }),
  change('spec.storage.storageClassName', FIXED, {}, { storage: { storageClassName: '' } }),
  change('spec.storage.storageClassName', FIXED, { storage: { storageClassName: 'fast' } }, {}),
];

export const acceptedChanges: readonly (readonly [
  what: string,
  before: unknown,
  after: unknown,
])[] = [
  ['a default that is written down', {}, { shards: 3, storage: { size: '1Gi' } }],
  ['what stays beside what changes', everything, { ...everything, maxMemory: '1Gi', config: {} }],
  ['the port of the proxies', {}, { proxy: { port: 6379 } }],
  ['what becomes of the volumes', {}, retention('Delete')],
  [
    'an autoscaler instead of a number',
    { proxy: { replicas: 2 } },
    { proxy: { autoscaling: { maxReplicas: 4 } } },
  ],
];

function change(
  field: string,
  says: string,
  before: unknown,
  after: unknown,
): Change & { rule: string } {
  return { rule: `${field} stays`, before, after, kube: `${field}: ${says}` };
}

function configOf(entries: number): Record<string, string> {
  // Names of a-z and - only: the number in letters.
  const letters = (n: number): string =>
    String(n).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
  const keys = Array.from({ length: entries - 1 }, (_, n) => `x-${letters(n)}`);
  return Object.fromEntries([...keys, 'hz'].map((key) => [key, '10']));
}
