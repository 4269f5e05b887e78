/** The parts of the manifest that say where servers and proxies run and what they may use: Kubernetes honours them. */
import { z } from 'zod';
import { integer, mapOf, text } from './wanted.ts';

export const quantity = text(20).regex(
  /^[1-9]\d*(Ki|Mi|Gi)?$/,
  'want bytes, or a quantity such as "256Mi"',
);

const cpuQuantity = text(20).regex(
  /^([1-9]\d*m?|\d+\.\d{1,3})$/,
  'want CPUs, such as "2", "0.5" or "250m"',
);

const storageSize = text(20).regex(/^[1-9]\d*(Mi|Gi|Ti)$/, 'want a quantity such as "10Gi"');

const Amounts = z.strictObject({
  cpu: cpuQuantity.optional().describe('CPUs, such as "2", "0.5" or "250m".'),
  memory: quantity.optional().describe('Bytes, such as "256Mi".'),
});

export const Resources = z.strictObject({
  requests: Amounts.optional().describe('What a host must have free for it.'),
  limits: Amounts.optional().describe('What it may use at most.'),
});
export type Resources = z.output<typeof Resources>;

const Retention = z.strictObject({
  whenDeleted: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What becomes of the volumes when the RedisCluster is deleted.'),
});

export const Storage = z.strictObject({
  size: storageSize.default('1Gi').describe("The size of each server's volume."),
  storageClassName: text(253)
    .optional()
    .describe("The StorageClass of the volumes. Left out: the Kubernetes cluster's default."),
  retention: Retention.prefault({}).describe('What becomes of volumes that nobody uses.'),
});

const labelValue = text(63);

const Toleration = z.strictObject({
  key: text(316).optional().describe('The key of the taint. Left out: any.'),
  operator: z
    .enum(['Exists', 'Equal'])
    .optional()
    .describe('Whether the value of the taint matters. Left out: Equal.'),
  value: labelValue.optional().describe('The value of the taint.'),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .optional()
    .describe('The effect of the taint. Left out: any.'),
  tolerationSeconds: integer(0, 2 ** 31 - 1)
    .optional()
    .describe('For how long NoExecute is tolerated. Left out: for ever.'),
});

const AntiAffinity = z.strictObject({
  host: z
    .enum(['required', 'preferred'])
    .default('required')
    .describe(
      'Whether two servers of one shard may share a host: required, never; preferred, when there is no other.',
    ),
});

export const Scheduling = z.strictObject({
  antiAffinity: AntiAffinity.prefault({}).describe('What servers of one shard must not share.'),
  nodeSelector: mapOf({ key: z.string(), value: labelValue }, 50)
    .default({})
    .describe('Labels that a host must have.'),
  tolerations: z.array(Toleration).max(20).default([]).describe('Taints of hosts that are borne.'),
});

export const Autoscaling = z
  .strictObject({
    minReplicas: integer(1, 1000).default(2).describe('The fewest proxies.'),
    maxReplicas: integer(1, 1000).describe('The most proxies.'),
    targetCpuPercent: integer(1, 100)
      .default(70)
      .describe('The CPU use to aim at, in percent of what a proxy requests.'),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, {
    path: ['maxReplicas'],
    message: 'want at least minReplicas',
  });
