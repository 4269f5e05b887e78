/** The CustomResourceDefinition of RedisCluster: from the schema that every manifest is parsed with, and rules in CEL. */
import { ClusterSpec } from '@keyfleet/lifecycle';
import type { KubeObject } from '../client/kube-object.ts';
import { validationsOf } from './cel-rule.ts';
import { celRules } from './cel-rules.ts';
import { RedisClusterStatus } from './redis-cluster-status.ts';
import { structuralSchema, type StructuralSchema } from './structural-schema.ts';

type Column = {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  /** 1: with `-o wide` only. */
  readonly priority?: 1;
};

const columns: readonly Column[] = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Shards', type: 'integer', jsonPath: '.spec.shards' },
  { name: 'Ready', type: 'string', jsonPath: '.status.shards.summary' },
  { name: 'Version', type: 'integer', jsonPath: '.status.topologyVersion' },
  { name: 'Op', type: 'string', jsonPath: '.status.operation.step' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Engine', type: 'string', jsonPath: '.spec.engine.flavor', priority: 1 },
  { name: 'Endpoint', type: 'string', jsonPath: '.status.endpoint', priority: 1 },
  { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
];

type Version = {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
  readonly [field: string]: unknown;
};

type Crd = KubeObject & {
  readonly spec: { readonly versions: readonly [Version]; readonly [field: string]: unknown };
};

export function redisClusterCrd(): Crd {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'redisclusters.keyfleet.dev' },
    spec: {
      group: 'keyfleet.dev',
      scope: 'Namespaced',
      names: {
        kind: 'RedisCluster',
        listKind: 'RedisClusterList',
        plural: 'redisclusters',
        singular: 'rediscluster',
        shortNames: ['kf'],
        categories: ['all'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.shards',
              statusReplicasPath: '.status.shards.ready',
              labelSelectorPath: '.status.selector',
            },
          },
          schema: { openAPIV3Schema: resourceSchema() },
        },
      ],
    },
  };
}

function resourceSchema(): StructuralSchema {
  const validations = validationsOf(Object.values(celRules));
  const rules = validations.get('');
  return {
    description: 'A sharded, replicated Redis behind one address.',
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: {
        ...structuralSchema(ClusterSpec, { path: 'spec', validations }),
        description: 'What is wanted. Every field has a default or may be left out.',
        default: {},
      },
      status: {
        // What an older operator reported lacks fields, and must not keep the object from being changed.
        ...structuralSchema(RedisClusterStatus.partial()),
        description: 'What is there, as the operator reports it.',
      },
    },
    ...(rules && { 'x-kubernetes-validations': rules }),
  };
}
