import type { V1EnvVar, V1PodSpec } from '@kubernetes/client-node';
import type { ClusterPlace } from './cluster-place.ts';
import type { Plain } from './plain.ts';
import { restrictedPod } from './restricted.ts';

/** What every pod of ours has; none of them talks to the API server. */
export function podDefaults(
  { imagePullSecrets = [] }: ClusterPlace,
  user: number,
): Plain<Omit<V1PodSpec, 'containers'>> {
  return {
    securityContext: restrictedPod(user),
    automountServiceAccountToken: false,
    // With them the environment of each pod has seven variables for every Service of its namespace: one per shard.
    enableServiceLinks: false,
    imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
  };
}

/** A variable of the container's environment, for `$(NAME)` in its arguments. */
export function fromPod(name: string, fieldPath: string): Plain<V1EnvVar> {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
