/** What is there on Kubernetes → what the workflows see (the Platform port of libs/lifecycle). Pure. */
import type { V1Deployment, V1DeploymentStatus, V1StatefulSet } from '@kubernetes/client-node';
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
import { templateHash } from '../objects/server-pod.ts';
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
  if (!isKept)
    return unkept(pod, found.get('PersistentVolumeClaim', volumeClaimName(cluster, node.id)));
  if (!pod) return { state: 'starting', because: 'has no pod yet' };
  const state = podState(pod);
  if (state.state !== 'ready') return state;
  return { state: 'ready', address: { host: state.ip, port: SERVER_PORT } };
}

/**
 * Without its StatefulSet a server ends, though Kubernetes takes a moment to say so. A pod without an owner was left by
 * somebody who wants it to run on: a new StatefulSet adopts it.
 */
function unkept(pod: KubeObject | undefined, volume: KubeObject | undefined): ServerView {
  const isOwned = pod?.metadata.ownerReferences?.some(({ controller }) => controller) ?? false;
  if (isOwned) return { state: 'stopping', because: 'is ending' };
  if (pod && podState(pod).state === 'stopping') return { state: 'stopping', because: 'is ending' };
  if (volume?.metadata.deletionTimestamp === undefined) return { state: 'absent' };
  return { state: 'stopping', because: 'is gone, but its volume is still being deleted' };
}

export function volumesOf(cluster: string, spec: ClusterSpec, found: ObjectIndex): string[] {
  return nodesOf(spec)
    .map(({ id }) => id)
    .filter((id) => found.get('PersistentVolumeClaim', volumeClaimName(cluster, id)) !== undefined);
}

/** Servers whose pods are older than what the spec makes: they stay so until their pods are deleted. */
export function staleServers(
  cluster: string,
  spec: ClusterSpec,
  { shards }: Pick<WantedObjects, 'shards'>,
  found: ObjectIndex,
): string[] {
  const hashes = new Map([...shards].map(([shard, objects]) => [shard, wantedHash(objects)]));
  return nodesOf(spec)
    .filter(({ id, shard }) => {
      const pod = found.get('Pod', podName(cluster, id));
      return pod !== undefined && templateHash(pod) !== hashes.get(shard);
    })
    .map(({ id }) => id);
}

function wantedHash(objects: readonly KubeObject[]): string | undefined {
  const set = objects.find(({ kind }) => kind === 'StatefulSet') as
    Plain<V1StatefulSet> | undefined;
  return set?.spec && templateHash(set.spec.template);
}

export function proxiesView(cluster: string, found: ObjectIndex): ProxiesView {
  const deployment = found.get('Deployment', proxyName(cluster));
  if (deployment && deployment.metadata.deletionTimestamp === undefined)
    return deploymentView(deployment);
  const isLeft = found.all('Pod').some(isProxy);
  return isLeft ? { state: 'stopping', because: 'is ending' } : { state: 'absent' };
}

type Deployment = KubeObject & Pick<Plain<V1Deployment>, 'spec' | 'status'>;

function deploymentView(deployment: Deployment): ProxiesView {
  const { spec, status = {} } = deployment;
  const { availableReplicas: count = 0, replicas = 0 } = status;
  const refused = refusalOf(status);
  if (count > 0) {
    const stuck = refused ?? delayOf(status);
    const outdated = outdatedReplicas(deployment);
    return { state: 'ready', count, wanted: spec?.replicas ?? 1, outdated, stuck };
  }
  if (refused !== null) return { state: 'failed', because: refused };
  return { state: 'starting', because: `runs, but none of ${replicas} pods is available` };
}

/** Numbers about an older generation tell nothing of this one's pods: none of them may be there yet. */
function outdatedReplicas({ metadata, status = {} }: Deployment): number {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0 } = status;
  return observedGeneration < (metadata.generation ?? 0) ? replicas : replicas - updatedReplicas;
}

type DeploymentStatus = Plain<V1DeploymentStatus>;

/** Why no pod can be made, such as a quota. */
function refusalOf({ conditions }: DeploymentStatus): string | null {
  const failure = conditions?.find(({ type }) => type === 'ReplicaFailure');
  return failure?.status === 'True' ? `cannot be made: ${failure.message ?? ''}` : null;
}

/** Kubernetes gives a rollout ten minutes to get on. */
function delayOf({ conditions }: DeploymentStatus): string | null {
  const progress = conditions?.find(({ type }) => type === 'Progressing');
  return progress?.status === 'False' ? (progress.message ?? 'they take too long') : null;
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
