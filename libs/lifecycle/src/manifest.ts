/**
 * The `RedisCluster` manifest (design §3): one schema for the local platform, the API and the CRD (libs/kube).
 * It describes everything that is designed; `unbuiltFields` refuses, by name, what does not exist yet.
 */
import { z } from 'zod';
import { isDeniedConfigKey } from './denied-config.ts';
import { describeIssue, fieldName, shown, valueAt } from './describe-issue.ts';
import { Autoscaling, quantity, Resources, Scheduling, Storage } from './placement.ts';
import { integer, mapOf, text } from './wanted.ts';

const Engine = z.strictObject({
  flavor: z.enum(['redis', 'valkey']).default('redis').describe('Which server.'),
  image: text(500)
    .min(1, 'want the name of an image')
    .optional()
    .describe("The container image of the servers. Left out: the operator's for the flavor."),
});

const Durability = z.strictObject({
  mode: z
    .enum(['async', 'bounded', 'quorum'])
    .default('async')
    .describe(
      'When a write is acknowledged: async, at once; bounded, while a replica is near; quorum, when enough replicas have it.',
    ),
});

const Persistence = z.strictObject({
  mode: z
    .enum(['none', 'rdb', 'aof', 'both'])
    .default('aof')
    .describe('none, snapshots (rdb), the append-only file (aof), or both.'),
});

const MaxMemoryPolicy = z.enum([
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
]);

const Reads = z.strictObject({
  policy: z
    .enum(['primary', 'replica', 'nearest', 'any'])
    .default('primary')
    .describe('Which servers of a shard answer reads.'),
});

/** Of 1 KB each, for the six servers of a shard in one ConfigMap: Kubernetes takes 1 MiB. */
const CONFIG_LINES_MAX = 100;

const configLine = {
  key: z.string().regex(/^[a-z-]{1,100}$/, 'want a name of a-z and -, as in redis.conf'),
  value: text(1024).refine((value) => !/[\r\n]/.test(value), 'want one line'),
};

const Proxy = z
  .strictObject({
    replicas: integer(1, 1000)
      .optional()
      .describe('How many proxies. Left out: one on one machine, two on Kubernetes.'),
    port: integer(1, 65535).default(7480).describe('The port that clients connect to.'),
    autoscaling: Autoscaling.optional().describe(
      'Lets the number of proxies follow their use of CPU.',
    ),
    resources: Resources.optional().describe('CPU and memory of each proxy.'),
  })
  .refine(({ replicas, autoscaling }) => replicas === undefined || autoscaling === undefined, {
    path: ['autoscaling'],
    message: 'excludes replicas: the autoscaler sets their number',
  });

export const ClusterSpec = z.strictObject({
  engine: Engine.prefault({}).describe('The server software.'),
  shards: integer(1, 1024).default(3).describe('How many shards the 16384 slots are spread over.'),
  replicasPerShard: integer(0, 5)
    .default(1)
    .describe('How many replicas follow the primary of each shard.'),
  durability: Durability.prefault({}).describe('What an acknowledged write has survived.'),
  persistence: Persistence.prefault({}).describe('What each server keeps on disk.'),
  maxMemory: quantity
    .optional()
    .describe('How much data each server holds, such as "256Mi". Left out: no limit.'),
  maxMemoryPolicy: MaxMemoryPolicy.default('noeviction').describe(
    'What a server does when maxMemory is reached, in the words of redis.conf.',
  ),
  reads: Reads.prefault({}).describe('Where reads go.'),
  failover: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('When and how a replica takes over from its primary.'),
  config: mapOf(configLine, CONFIG_LINES_MAX)
    .superRefine(refuseDeniedKeys)
    .default({})
    .describe('More lines of redis.conf. What Keyfleet sets itself is refused.'),
  proxy: Proxy.prefault({}).describe('The proxies, which clients talk to.'),
  storage: Storage.prefault({}).describe(
    'A volume for each server, unless persistence.mode is none.',
  ),
  resources: Resources.optional().describe('CPU and memory of each server.'),
  scheduling: Scheduling.prefault({}).describe('On which hosts servers run.'),
});
export type ClusterSpec = z.output<typeof ClusterSpec>;

export const ClusterName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'want a DNS label of at most 40 characters that begins with a letter',
  );

export const Manifest = z.strictObject({
  apiVersion: z.literal('keyfleet.dev/v1alpha1'),
  kind: z.literal('RedisCluster'),
  metadata: z.looseObject({ name: ClusterName }),
  spec: ClusterSpec.prefault({}),
});
export type Manifest = z.output<typeof Manifest>;

/** A manifest that cannot be used; the message lists every mistake, one line each. */
export class ManifestError extends Error {
  readonly code = 'MANIFEST';
  readonly mistakes: readonly string[];
  constructor(mistakes: readonly string[]) {
    super(
      `Cannot use the manifest: ${mistakes.length} ${mistakes.length === 1 ? 'field is' : 'fields are'} wrong\n${mistakes.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'ManifestError';
    this.mistakes = mistakes;
  }
}

/** Checks everything before it fails, so that one try shows every mistake. Throws ManifestError. */
export function parseManifest(value: unknown): Manifest {
  const result = Manifest.safeParse(value);
  const issues = result.error?.issues ?? [];
  const wrong = new Set(issues.map(({ path }) => fieldName(path)));
  const mistakes = [
    ...issues.flatMap((issue) => describeIssue(issue, value)),
    ...unbuiltIn(valueAt(value, ['spec']))
      .filter(({ field }) => !wrong.has(field))
      .map(({ line }) => line),
  ];
  // A number that is no integer may also be out of range: the same line twice.
  if (!result.success || mistakes.length > 0) throw new ManifestError([...new Set(mistakes)]);
  return result.data;
}

/** Bytes of a quantity such as "256Mi". */
export function quantityBytes(text: string): number {
  const [, digits, unit] = /^(\d+)(Ki|Mi|Gi)?$/.exec(text) ?? [];
  const factor = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[unit ?? ''] ?? 1;
  return Number(digits) * factor;
}

/** Fields that are designed but not built yet, with the one value that is. */
export const unbuilt: readonly { path: readonly string[]; built?: string }[] = [
  { path: ['durability', 'mode'], built: 'async' },
  { path: ['failover'] },
];

/** One line for each field that is designed but not built yet. */
export function unbuiltFields(spec: ClusterSpec): string[] {
  return unbuiltIn(spec).map(({ line }) => line);
}

/** Takes a spec that is wrong elsewhere too. */
function unbuiltIn(spec: unknown): { field: string; line: string }[] {
  return unbuilt.flatMap(({ path, built }) => {
    const value = valueAt(spec, path);
    if (value === undefined || value === built) return [];
    const field = fieldName(['spec', ...path]);
    const because =
      built === undefined
        ? 'is not built yet'
        : `${shown(value)} is not built yet, want ${shown(built)}`;
    return [{ field, line: `${field}  ${because}` }];
  });
}

/** Fields that only Kubernetes can honour: on one machine they are accepted, so that one manifest serves both. */
const forKubernetes: readonly (readonly string[])[] = [
  ['engine', 'image'],
  ['resources'],
  ['storage'],
  ['scheduling'],
  ['proxy', 'replicas'],
  ['proxy', 'autoscaling'],
  ['proxy', 'resources'],
];

/** Names of the fields in a manifest, as it was written, that have no effect on one machine. */
export function kubernetesFields(manifest: unknown): string[] {
  return forKubernetes
    .map((path) => ['spec', ...path])
    .filter((path) => valueAt(manifest, path) !== undefined)
    .map(fieldName);
}

function refuseDeniedKeys(value: Record<string, string>, context: z.RefinementCtx): void {
  for (const key of Object.keys(value)) {
    if (isDeniedConfigKey(key))
      context.addIssue({ code: 'custom', path: [key], message: 'is set by Keyfleet' });
  }
}
