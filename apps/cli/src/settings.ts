import { platformUpstreams } from '@keyfleet/local-platform';
import { integer, list, oneOf, setting, text, url } from '@keyfleet/runtime';

const listenPort = integer(1, 65535);

export const dataDirSetting = setting(text, '.keyfleet', 'Directory of data, logs and records.');

const clusterSetting = setting(text, '', 'Name of the cluster; without: every one there is.');

const linesSetting = setting(integer(0, 1_000_000), '50', 'Lines of each log to begin with.');

/** Where a platform on Kubernetes is; what is not said comes from the kubeconfig. */
const kubernetesSettings = {
  context: setting(text, '', 'Kubernetes: context of the kubeconfig; without: its current one.'),
  namespace: setting(text, '', "Kubernetes: namespace; without: the context's."),
  kubeconfig: setting(text, '', 'Kubernetes: path of the kubeconfig; without: as kubectl has it.'),
  installNamespace: setting(
    text,
    'keyfleet-system',
    'Kubernetes: namespace that Keyfleet is installed in.',
  ),
};

/** What `status` shows, here or on Kubernetes. */
export const statusSettings = {
  dataDir: dataDirSetting,
  cluster: clusterSetting,
  ...kubernetesSettings,
};

export const logsSettings = { ...statusSettings, lines: linesSetting };

/** Flags of `up`; each is recorded, and the recorded value is the default of the next `up` there. */
export const upSettings = {
  upstream: setting(
    oneOf(...platformUpstreams),
    'topology',
    'What runs behind the proxy. topology: shards under a configserver. redis-cluster: a Redis Cluster, to try the proxy before one.',
  ),
  shards: setting(integer(1, 1024), '3', 'Shards: each has its part of the keys.'),
  replicas: setting(integer(0, 5), '1', 'Replicas of each shard.'),
  port: setting(listenPort, '7480', 'Port for Redis clients.'),
  apiPort: setting(
    listenPort,
    '7400',
    'Port of the HTTP API; further configservers take the next.',
  ),
  adminPort: setting(listenPort, '9901', "Port of the proxy's metrics and health."),
  bind: setting(text, '127.0.0.1', 'Address that proxy and API listen on.'),
  server: setting(text, 'redis-server', 'redis-server, valkey-server, or a path to one.'),
  etcd: setting(list(url), '', 'etcd members; without: a store in the data directory.'),
  configservers: setting(integer(1, 9), '1', 'Configservers; more than one need --etcd.'),
};
export type UpKey = keyof typeof upSettings;
