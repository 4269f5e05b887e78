/** What is there on Kubernetes → what the workflows see (the Platform port of libs/lifecycle). Pure. */
import type { V1DeploymentStatus } from '@kubernetes/client-node';
import {
  nodesOf,
  type ClusterSpec,
  type NodePlace,
  type PlatformView,
  type ProxiesView,
  type ServerView,
} from '@keyfleet/lifecycle';
import type { KubeObject } from '../client/kube-object.ts';
import { COMPONENT_LABEL } from '../objects/labels.ts';
import { podName, proxyName, shardObjectName, volumeClaimName } from '../objects/names.ts';
import type { Plain } from '../objects/plain.ts';
import { SERVER_PORT } from '../objects/server-files.ts';
import { hasCurrentConfig } from '../objects/server-pod.ts';
import { isApplied } from '../objects/sealed.ts';
import type { ObjectIndex } from './owned-objects.ts';
import { podState } from './pod-state.ts';

export type WantedObjects = {
  readonly shards: ReadonlyMap<string, readonly KubeObject[]>;
  readonly proxies: readonly KubeObject[];
};

export function serverViews(
  cluster: string,
  spec: ClusterSpec,
  found: ObjectIndex,
): Map<string, ServerView> {
  return new Map(nodesOf(spec).map((node) => [node.id, serverView(cluster, node, found)]));
}

function serverView(cluster: string, node: NodePlace, found: ObjectIndex): ServerView {
  const isKept = found.get('StatefulSet', shardObjectName(cluster, node.shard)) !== undefined;
  const pod = found.get('Pod', podName(cluster, node.id));
  const state = pod && podState(pod);
  if (!isKept) return unkept(cluster, node, { state, found });
  if (!state) return { state: 'starting', because: 'has no pod yet' };
  if (state.state !== 'ready') return state;
  return { state: 'ready', address: { host: state.ip, port: SERVER_PORT } };
}

/** Without its StatefulSet a server ends, unless somebody left its pod an orphan: then a new one adopts it. */
function unkept(
  cluster: string,
  node: NodePlace,
  { state, found }: { state: { state: string } | undefined; found: ObjectIndex },
): ServerView {
  if (state?.state === 'stopping') return { state: 'stopping', because: 'is ending' };
  const volume = found.get('PersistentVolumeClaim', volumeClaimName(cluster, node.id));
  if (volume?.metadata.deletionTimestamp !== undefined)
    return { state: 'stopping', because: 'is gone, but its volume is still being deleted' };
  return { state: 'absent' };
}

/** Servers that run with an older configuration: they read it when they start. */
export function staleServers(cluster: string, spec: ClusterSpec, found: ObjectIndex): string[] {
  return nodesOf(spec)
    .map(({ id }) => id)
    .filter((id) => {
      const pod = found.get('Pod', podName(cluster, id));
      return pod !== undefined && !hasCurrentConfig(spec, pod);
    });
}

export function proxiesView(cluster: string, found: ObjectIndex): ProxiesView {
  const deployment = found.get('Deployment', proxyName(cluster));
  if (deployment && deployment.metadata.deletionTimestamp === undefined)
    return deploymentView((deployment as { status?: DeploymentStatus }).status ?? {});
  const isLeft = found.all('Pod').some(isProxy);
  return isLeft ? { state: 'stopping', because: 'is ending' } : { state: 'absent' };
}

type DeploymentStatus = Plain<V1DeploymentStatus>;

function deploymentView({ availableReplicas = 0, replicas = 0, conditions }: DeploymentStatus) {
  if (availableReplicas > 0) return { state: 'ready', count: availableReplicas } as const;
  const failure = conditions?.find(({ type }) => type === 'ReplicaFailure');
  if (failure?.status === 'True')
    return { state: 'failed', because: `cannot be made: ${failure.message ?? ''}` } as const;
  const because = `runs, but none of ${replicas} pods is available`;
  return { state: 'starting', because } as const;
}

/** Parts that run and of which an object is missing or not as it should be. */
export function outdatedParts(
  wanted: WantedObjects,
  { servers, proxies }: Pick<PlatformView, 'servers' | 'proxies'>,
  found: ObjectIndex,
): string[] {
  const isCurrent = (object: KubeObject): boolean =>
    // A Secret can be read only one by one: who may watch them reads everybody's (the chart's RBAC).
    object.kind === 'Secret' || isApplied(object, found.get(object.kind, object.metadata.name));
  const running = new Set(
    [...servers].filter(([, { state }]) => state !== 'absent').map(([id]) => shardOf(id)),
  );
  const shards = [...wanted.shards]
    .filter(([shard, objects]) => running.has(shard) && !objects.every(isCurrent))
    .map(([shard]) => shard);
  const areProxiesCurrent = proxies.state === 'absent' || wanted.proxies.every(isCurrent);
  return areProxiesCurrent ? shards : [...shards, 'proxies'];
}

function isProxy({ metadata }: KubeObject): boolean {
  return metadata.labels?.[COMPONENT_LABEL] === 'proxy';
}

function shardOf(node: string): string {
  return node.slice(0, node.lastIndexOf('-'));
}
