/** The parts of the manifest that say where servers and proxies run and what they may use: Kubernetes honours them. */
import { z } from 'zod';
import { integer } from './wanted.ts';

export const quantity = z
  .string()
  .regex(/^[1-9]\d*(Ki|Mi|Gi)?$/, 'want bytes, or a quantity such as "256Mi"');

const cpuQuantity = z
  .string()
  .regex(/^([1-9]\d*m?|\d+\.\d{1,3})$/, 'want CPUs, such as "2", "0.5" or "250m"');

const storageSize = z.string().regex(/^[1-9]\d*(Mi|Gi|Ti)$/, 'want a quantity such as "10Gi"');

const Amounts = z.strictObject({ cpu: cpuQuantity.optional(), memory: quantity.optional() });

export const Resources = z.strictObject({
  requests: Amounts.optional(),
  limits: Amounts.optional(),
});
export type Resources = z.output<typeof Resources>;

/** A volume for each server, unless `persistence.mode` is `none`. */
export const Storage = z.strictObject({
  size: storageSize.default('1Gi'),
  /** Left out: the cluster's default StorageClass. */
  storageClassName: z.string().max(253).optional(),
  retention: z
    .strictObject({
      /** What becomes of the volumes when the RedisCluster is deleted. */
      whenDeleted: z.enum(['Retain', 'Delete']).default('Retain'),
    })
    .prefault({}),
});

const labelValue = z.string().max(63);

const Toleration = z.strictObject({
  key: z.string().max(316).optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: labelValue.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: integer(0, 2 ** 31 - 1).optional(),
});

export const Scheduling = z.strictObject({
  antiAffinity: z
    .strictObject({
      /** Whether two servers of one shard may share a host: `required`, never; `preferred`, when there is no other. */
      host: z.enum(['required', 'preferred']).default('required'),
    })
    .prefault({}),
  nodeSelector: z.record(z.string().max(316), labelValue).default({}),
  tolerations: z.array(Toleration).max(20).default([]),
});

export const Autoscaling = z
  .strictObject({
    minReplicas: integer(1, 1000).default(2),
    maxReplicas: integer(1, 1000),
    targetCpuPercent: integer(1, 100).default(70),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, {
    path: ['maxReplicas'],
    message: 'want at least minReplicas',
  });
