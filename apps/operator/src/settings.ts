import { integer, list, logLevels, oneOf, port, setting, text, url } from '@keyfleet/runtime';

export const settings = {
  configserver: setting(list(url), undefined, 'Configservers, tried in turn.'),
  proxyImage: setting(text, undefined, 'Image of the proxies.'),
  redisImage: setting(text, 'redis:8.0', 'Image of servers whose spec.engine.flavor is redis.'),
  valkeyImage: setting(
    text,
    'valkey/valkey:8.1',
    'Image of servers whose spec.engine.flavor is valkey.',
  ),
  imagePullPolicy: setting(
    oneOf('IfNotPresent', 'Always', 'Never'),
    'IfNotPresent',
    'When nodes pull images.',
  ),
  imagePullSecrets: setting(
    list(text),
    '',
    'Secrets with registry credentials, in the namespace of each cluster.',
  ),
  namespace: setting(
    text,
    'keyfleet-system',
    'Namespace of the Lease by which one operator leads.',
  ),
  identity: setting(text, '', 'Name of this operator in the Lease; empty: the host name.'),
  workers: setting(integer(1, 64), '4', 'Clusters that are worked on at once.'),
  resyncMs: setting(
    integer(1000, 600_000),
    '10000',
    'How often a cluster that is ready is looked at.',
  ),
  deleteDeadlineSeconds: setting(
    integer(10, 86_400),
    '120',
    'After which a deletion ends, whatever is left.',
  ),
  kubeconfig: setting(text, '', 'Kubeconfig file; empty: KUBECONFIG, or the pod’s own account.'),
  metricsPort: setting(port, '9902', 'Port of metrics and health.'),
  bind: setting(text, '127.0.0.1', 'Address of metrics and health.'),
  logLevel: setting(oneOf(...logLevels), 'info', 'Least level that is logged.'),
};
