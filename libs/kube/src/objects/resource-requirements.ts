import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { quantityBytes, type ClusterSpec, type Resources } from '@keyfleet/lifecycle';
import type { Plain } from './plain.ts';

type Amounts = { cpu: string; memory: string };

/** An empty server with its code, and the backlog of 64 MB that it has from its first replica on. */
const SERVER_OVERHEAD_BYTES = 128 * 2 ** 20;

/**
 * Without requests a pod is the first to be ended when its host runs short, and hosts are filled beyond what they
 * hold. There are no limits of ours: a server that forks to save needs memory for a while, and one that is throttled
 * looks dead.
 */
export function serverResources({
  resources,
  maxMemory,
}: ClusterSpec): Plain<V1ResourceRequirements> {
  const bytes = SERVER_OVERHEAD_BYTES + (maxMemory === undefined ? 0 : quantityBytes(maxMemory));
  return withRequests(resources, { cpu: '100m', memory: `${Math.ceil(bytes / 2 ** 20)}Mi` });
}

/** The autoscaler counts in percent of the request: with a small one, a little work would call for more proxies. */
export function proxyResources({ proxy }: ClusterSpec): Plain<V1ResourceRequirements> {
  const cpu = proxy.autoscaling === undefined ? '100m' : '500m';
  return withRequests(proxy.resources, { cpu, memory: '128Mi' });
}

/** Of a resource that has a limit Kubernetes requests that much by itself; a default of ours could be above it. */
function withRequests(
  { requests = {}, limits = {} }: Resources = {},
  defaults: Amounts,
): Plain<V1ResourceRequirements> {
  const missing = Object.entries(defaults).filter(
    ([name]) => limits[name as keyof Amounts] === undefined,
  );
  return {
    requests: { ...Object.fromEntries(missing), ...requests },
    limits,
  };
}
