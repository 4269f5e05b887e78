import type { V1Container, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { ClusterPlace } from './cluster-place.ts';
import { SECRET_KEY } from './credentials.ts';
import { proxyLabels, proxySelector } from './labels.ts';
import { clusterId, credentialsName } from './names.ts';
import type { Plain } from './plain.ts';
import { fromPod, podDefaults } from './pod-defaults.ts';
import { proxyResources } from './resource-requirements.ts';
import { restrictedContainer } from './restricted.ts';
import { apartByHost, spreadOverZones } from './spreading.ts';

const PROXY_PORT = 7480;
const ADMIN_PORT = 9901;
const PROXY_USER = 65532;
const CREDENTIALS_DIR = '/etc/keyfleet/credentials';
const STATE_DIR = '/state';

export function proxyPod(place: ClusterPlace): Plain<V1PodTemplateSpec> {
  const selector = proxySelector(place.name);
  return {
    metadata: {
      labels: proxyLabels(place.name),
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': String(ADMIN_PORT),
      },
    },
    spec: {
      ...podDefaults(place, PROXY_USER),
      containers: [proxyContainer(place)],
      volumes: [
        // 0440: the proxy's group, which is the pod's fsGroup, may read.
        {
          name: 'credentials',
          secret: { secretName: credentialsName(place.name), defaultMode: 0o440 },
        },
        { name: 'state', emptyDir: {} },
      ],
      // The pause before SIGTERM, `--drain-ms` and what the rest of the stop takes: 13 s together.
      terminationGracePeriodSeconds: 30,
      // Not required: where there is one host, all proxies run there, and one more during an update.
      affinity: apartByHost(selector, 'preferred'),
      topologySpreadConstraints: [
        // The proxies of an older Deployment revision are about to end: they do not count.
        { ...spreadOverZones(selector), matchLabelKeys: ['pod-template-hash'] },
      ],
    },
  };
}

function proxyContainer(place: ClusterPlace): Plain<V1Container> {
  const { images, imagePullPolicy, spec } = place;
  return {
    name: 'proxy',
    image: images.proxy,
    imagePullPolicy,
    args: proxyArguments(place),
    env: [fromPod('POD_IP', 'status.podIP'), fromPod('POD_NAME', 'metadata.name')],
    ports: [
      { name: 'redis', containerPort: PROXY_PORT },
      { name: 'admin', containerPort: ADMIN_PORT },
    ],
    // A proxy without its lease serves nothing; one shard that is away makes none unready (apps/proxy, readiness.ts).
    readinessProbe: { ...get('/readyz'), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
    startupProbe: { ...get('/healthz'), periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 60 },
    livenessProbe: {
      ...get('/healthz'),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    // The proxy stops accepting clients at SIGTERM: until then every node has taken it out of the Service. The image
    // has `sleep`; the kubelet's own needs Kubernetes 1.30.
    lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
    resources: proxyResources(spec),
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: 'credentials', mountPath: CREDENTIALS_DIR, readOnly: true },
      { name: 'state', mountPath: STATE_DIR },
    ],
  };
}

function proxyArguments({ namespace, name, configserverUrls, spec }: ClusterPlace): string[] {
  return [
    ...['--bind', '0.0.0.0'],
    ...['--configserver', configserverUrls.join(',')],
    ...['--cluster', clusterId(namespace, name)],
    ...['--proxy-id', '$(POD_NAME)'],
    ...['--advertise-host', '$(POD_IP)'],
    ...['--reads', spec.reads.policy],
    ...['--state-dir', STATE_DIR],
    ...['--secret-file', `${CREDENTIALS_DIR}/${SECRET_KEY}`],
  ];
}

function get(path: string): { httpGet: { path: string; port: string } } {
  return { httpGet: { path, port: 'admin' } };
}
