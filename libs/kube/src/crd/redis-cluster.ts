import type { ClusterSpec } from '@keyfleet/lifecycle';
import type { z } from 'zod';
import type { KubeObject } from '../client/kube-object.ts';
import type { RedisClusterStatus } from './redis-cluster-status.ts';

/** The resource as the API server gives it. The CRD may be older than we are, so the spec is to be parsed again. */
export type RedisCluster = KubeObject & {
  readonly spec?: z.input<typeof ClusterSpec>;
  readonly status?: RedisClusterStatus;
};
