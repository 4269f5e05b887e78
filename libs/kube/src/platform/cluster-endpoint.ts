import { CLUSTER_LABEL, COMPONENT_LABEL } from '../objects/labels.ts';
import { proxyName } from '../objects/names.ts';

/** Where clients in the Kubernetes cluster reach a RedisCluster. */
export function clusterEndpoint(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  port: number,
): string {
  return `${proxyName(name)}.${namespace}.svc:${port}`;
}

/** Selects the server pods, as text: the scale subresource tells it to autoscalers. */
export function scaleSelector(name: string): string {
  return `${CLUSTER_LABEL}=${name},${COMPONENT_LABEL}=server`;
}
