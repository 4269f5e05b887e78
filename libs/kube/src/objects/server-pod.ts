/** The pod of one server. The official images start as root to change owners; `command` passes that by. */
import type { V1Container, V1PodTemplateSpec, V1Volume } from '@kubernetes/client-node';
import type { ClusterSpec } from '@keyfleet/lifecycle';
import type { ClusterPlace } from './cluster-place.ts';
import { serverLabels, serverSelector } from './labels.ts';
import { DATA_VOLUME, shardObjectName } from './names.ts';
import type { Plain } from './plain.ts';
import { fromPod, podDefaults } from './pod-defaults.ts';
import { serverResources } from './resource-requirements.ts';
import { restrictedContainer } from './restricted.ts';
import { contentHash } from './sealed.ts';
import {
  DATA_DIR,
  pingCommand,
  podServerConfig,
  READY_SCRIPT,
  SERVER_CREDENTIALS_DIR,
  SERVER_DIR,
  SERVER_PORT,
  serverConfigFile,
} from './server-files.ts';
import { apartByHost, spreadOverZones } from './spreading.ts';

/** `redis` in the official images; `valkey` there has the same number. */
const SERVER_USER = 999;

const TEMPLATE_ANNOTATION = 'keyfleet.dev/template';

export function serverPod(place: ClusterPlace, shard: string): Plain<V1PodTemplateSpec> {
  const { name, spec } = place;
  const selector = serverSelector(name, shard);
  return marked(place, {
    metadata: { labels: serverLabels(name, shard) },
    spec: {
      ...podDefaults(place, SERVER_USER),
      containers: [serverContainer(place, shard)],
      volumes: volumes(place, shard),
      // At SIGTERM a server writes its snapshot, some 100 MB a second: killed before, it loses the writes since the last.
      terminationGracePeriodSeconds: 60,
      affinity: apartByHost(selector, spec.scheduling.antiAffinity.host),
      topologySpreadConstraints: [spreadOverZones(selector)],
      nodeSelector: spec.scheduling.nodeSelector,
      tolerations: spec.scheduling.tolerations,
    },
  });
}

/** Pods are not replaced when their template changes: the hash tells which of them are older. */
function marked(
  { spec }: ClusterPlace,
  template: Plain<V1PodTemplateSpec>,
): Plain<V1PodTemplateSpec> {
  // A server reads its configuration only when it starts, so it belongs to what its pod was made of.
  const hash = contentHash({ template, config: podServerConfig(spec) });
  const annotations = { [TEMPLATE_ANNOTATION]: hash };
  return { ...template, metadata: { ...template.metadata, annotations } };
}

function serverContainer(place: ClusterPlace, shard: string): Plain<V1Container> {
  const { spec, images, imagePullPolicy } = place;
  return {
    name: 'server',
    image: spec.engine.image ?? images[spec.engine.flavor],
    imagePullPolicy,
    command: [`${spec.engine.flavor}-server`],
    args: [
      `${SERVER_DIR}/${serverConfigFile(place, shard, '$(POD_INDEX)')}`,
      ...['--replica-announce-ip', '$(POD_IP)'],
    ],
    env: [
      fromPod('POD_INDEX', "metadata.labels['apps.kubernetes.io/pod-index']"),
      fromPod('POD_IP', 'status.podIP'),
    ],
    ports: [{ name: 'redis', containerPort: SERVER_PORT }],
    ...probes(spec),
    resources: serverResources(spec),
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: 'config', mountPath: SERVER_DIR, readOnly: true },
      { name: 'credentials', mountPath: SERVER_CREDENTIALS_DIR, readOnly: true },
      { name: DATA_VOLUME, mountPath: DATA_DIR },
    ],
  };
}

/**
 * Alive is what answers, whatever it says: LOADING, BUSY, MASTERDOWN, or NOAUTH. So that probe needs no password, and a
 * wrong one restarts nothing. (A connection alone proves nothing: the kernel makes it for a server that hangs.)
 *
 * Each probe starts a process, which took 75 ms of CPU on a slow machine: only the one at the start is frequent. The
 * timeouts are longer than a server is silent when it forks with much memory. Failover does not wait for any of this:
 * the configserver has probes of its own.
 */
function probes(
  spec: ClusterSpec,
): Plain<Pick<V1Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'>> {
  const alive = { exec: { command: pingCommand(spec) } };
  const ready = { exec: { command: ['sh', `${SERVER_DIR}/${READY_SCRIPT}`] } };
  return {
    startupProbe: { ...alive, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 60 },
    readinessProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: {
      ...alive,
      periodSeconds: 20,
      timeoutSeconds: 15,
      failureThreshold: 3,
      // A server that did not answer for a minute does not write its snapshot either.
      terminationGracePeriodSeconds: 5,
    },
  };
}

function volumes({ name, spec }: ClusterPlace, shard: string): Plain<V1Volume>[] {
  const object = shardObjectName(name, shard);
  return [
    { name: 'config', configMap: { name: object } },
    // 0440: the server's group, which is the pod's fsGroup, may read.
    { name: 'credentials', secret: { secretName: object, defaultMode: 0o440 } },
    // Also without persistence: a replica that copies its primary keeps the snapshot there for a while.
    ...(hasVolume(spec) ? [] : [{ name: DATA_VOLUME, emptyDir: {} }]),
  ];
}

export function hasVolume({ persistence }: ClusterSpec): boolean {
  return persistence.mode !== 'none';
}

/** What a pod, or the template of one, was made of. */
export function templateHash({ metadata }: Plain<V1PodTemplateSpec>): string | undefined {
  return metadata?.annotations?.[TEMPLATE_ANNOTATION];
}
