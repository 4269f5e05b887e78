/**
 * The `RedisCluster` manifest (design §3): one schema for the local platform, the API and, later, the CRD.
 * It describes everything that is designed; `unbuiltFields` refuses, by name, what does not exist yet.
 */
import { z } from 'zod';
import { isDeniedConfigKey } from './denied-config.ts';

const quantity = z
  .string()
  .regex(/^[1-9]\d*(Ki|Mi|Gi)?$/, 'want bytes, or a quantity such as "256Mi"');

const config = z.record(
  z.string().regex(/^[a-z-]+$/),
  z.string().regex(/^[^\r\n]*$/, 'want one line'),
);

export const ClusterSpec = z.strictObject({
  engine: z
    .strictObject({
      flavor: z.enum(['redis', 'valkey']).default('redis'),
      image: z.string().optional(),
    })
    .prefault({}),
  shards: z.int().min(1).max(1024).default(3),
  replicasPerShard: z.int().min(0).max(5).default(1),
  durability: z
    .strictObject({ mode: z.enum(['async', 'bounded', 'quorum']).default('async') })
    .prefault({}),
  persistence: z
    .strictObject({ mode: z.enum(['none', 'rdb', 'aof', 'both']).default('aof') })
    .prefault({}),
  maxMemory: quantity.optional(),
  maxMemoryPolicy: z
    .enum([
      'noeviction',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
    ])
    .default('noeviction'),
  reads: z
    .strictObject({ policy: z.enum(['primary', 'replica', 'nearest', 'any']).default('primary') })
    .prefault({}),
  failover: z.record(z.string(), z.unknown()).optional(),
  config: config.superRefine(refuseDeniedKeys).default({}),
  proxy: z
    .strictObject({
      replicas: z.int().min(1).max(1000).default(1),
      port: z.int().min(1).max(65535).default(7480),
    })
    .prefault({}),
  storage: z.record(z.string(), z.unknown()).optional(),
});
export type ClusterSpec = z.output<typeof ClusterSpec>;

export const ClusterName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'want a DNS label of at most 40 characters');

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
  if (!result.success) throw new ManifestError(result.error.issues.map(describeIssue));
  const unbuilt = unbuiltFields(result.data.spec);
  if (unbuilt.length > 0) throw new ManifestError(unbuilt);
  return result.data;
}

/** Bytes of a quantity such as "256Mi". */
export function quantityBytes(text: string): number {
  const [, digits, unit] = /^(\d+)(Ki|Mi|Gi)?$/.exec(text) ?? [];
  const factor = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[unit ?? ''] ?? 1;
  return Number(digits) * factor;
}

/** One line for each field that is designed but not built yet. */
export function unbuiltFields(spec: ClusterSpec): string[] {
  const wanted: [boolean, string][] = [
    [
      spec.durability.mode !== 'async',
      `spec.durability.mode  "${spec.durability.mode}" is not built yet, want "async"`,
    ],
    [
      spec.reads.policy !== 'primary',
      `spec.reads.policy  "${spec.reads.policy}" is not built yet, want "primary"`,
    ],
    [spec.failover !== undefined, 'spec.failover  is not built yet'],
    [spec.storage !== undefined, 'spec.storage  is not built yet'],
    [
      spec.proxy.replicas !== 1,
      `spec.proxy.replicas  ${spec.proxy.replicas} is not built yet, want 1`,
    ],
  ];
  return wanted.filter(([isUsed]) => isUsed).map(([, line]) => line);
}

function refuseDeniedKeys(value: Record<string, string>, context: z.RefinementCtx): void {
  for (const key of Object.keys(value)) {
    if (isDeniedConfigKey(key))
      context.addIssue({ code: 'custom', path: [key], message: 'is set by Keyfleet' });
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.') || 'manifest';
  return `${path}  ${issue.message.replace(/^Invalid input: /, '')}`;
}
