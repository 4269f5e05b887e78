import { hostname } from 'node:os';
import { KubeClient, loadKubeConfig } from '@keyfleet/kube';
import {
  createLogger,
  exitWith,
  loadSettings,
  sourcesOf,
  stopOnSignal,
  systemClock,
} from '@keyfleet/runtime';
import { startOperator } from './operator.ts';
import { settings } from './settings.ts';

const STOP_GRACE_MS = 15_000;

try {
  const { env } = process;
  const loaded = loadSettings(settings, sourcesOf(process.argv.slice(2), env));
  const log = createLogger('operator', loaded.logLevel);
  const config = loadKubeConfig({
    kubeconfig: loaded.kubeconfig || undefined,
    environment: env,
  });
  const running = await startOperator({
    ...loaded,
    client: new KubeClient(config, { userAgent: 'keyfleet-operator' }),
    clock: systemClock,
    random: Math.random,
    log,
    identity: loaded.identity || hostname(),
    deleteDeadlineMs: loaded.deleteDeadlineSeconds * 1000,
    installation: {
      configserverUrls: loaded.configserver,
      images: {
        proxy: loaded.proxyImage,
        redis: loaded.redisImage,
        valkey: loaded.valkeyImage,
      },
      imagePullPolicy: loaded.imagePullPolicy,
      imagePullSecrets: loaded.imagePullSecrets,
    },
  });
  stopOnSignal(running, { log, graceMs: STOP_GRACE_MS });
} catch (error) {
  exitWith(error);
}
