/** All objects of a cluster's proxies. */
import type {
  V1Deployment,
  V1PodDisruptionBudget,
  V1Service,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';
import type { KubeObject } from '../client/kube-object.ts';
import type { ClusterPlace } from './cluster-place.ts';
import { proxyLabels, proxySelector } from './labels.ts';
import { proxyName } from './names.ts';
import { proxyPod } from './proxy-pod.ts';
import { ownedBy, type Rendered } from './rendered.ts';
import { sealed } from './sealed.ts';

/** One can end and clients go on at the other. */
const REPLICAS = 2;

export function proxyObjects(place: ClusterPlace): KubeObject[] {
  return [service(place), disruptionBudget(place), deployment(place), ...autoscaler(place)].map(
    sealed,
  );
}

function service(place: ClusterPlace): Rendered<V1Service> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(place),
    spec: {
      type: 'ClusterIP',
      selector: proxySelector(place.name),
      ports: [{ name: 'redis', port: place.spec.proxy.port, targetPort: 'redis' }],
    },
  };
}

function disruptionBudget(place: ClusterPlace): Rendered<V1PodDisruptionBudget> {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadata(place),
    spec: {
      maxUnavailable: 1,
      // A proxy that is not ready serves nobody: it does not stand in the way of a drain.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: proxySelector(place.name) },
    },
  };
}

function deployment(place: ClusterPlace): Rendered<V1Deployment> {
  const { autoscaling, replicas = REPLICAS } = place.spec.proxy;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(place),
    spec: {
      // With an autoscaler the number is not ours: whoever applies it would set it back each time.
      replicas: autoscaling === undefined ? replicas : undefined,
      selector: { matchLabels: proxySelector(place.name) },
      template: proxyPod(place),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      revisionHistoryLimit: 1,
    },
  };
}

function autoscaler(place: ClusterPlace): Rendered<V2HorizontalPodAutoscaler>[] {
  const { autoscaling } = place.spec.proxy;
  if (autoscaling === undefined) return [];
  const { minReplicas, maxReplicas, targetCpuPercent } = autoscaling;
  const target = { type: 'Utilization', averageUtilization: targetCpuPercent };
  return [
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: metadata(place),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: proxyName(place.name) },
        minReplicas,
        maxReplicas,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    },
  ];
}

function metadata(place: ClusterPlace): KubeObject['metadata'] {
  return ownedBy(place, proxyName(place.name), proxyLabels(place.name));
}
