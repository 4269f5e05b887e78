/** One proxy, put together: what serves clients, what steers it, the admin port. */
import type { Log, Logger, LogTarget, Running } from '@keyfleet/runtime';
import { createAdminServer } from './admin/admin-server.ts';
import type { ProxyConfig } from './config/proxy-config.ts';
import { Reloader, type Reloaded } from './reload/reloader.ts';
import { adminHost, advertisedHost } from './settings.ts';
import { FollowedClusters } from './topology/followed-clusters.ts';
import type { DataPlanes } from './workers/data-planes.ts';
import { LocalDataPlanes } from './workers/local-data-planes.ts';
import { startWorkerPool, type PoolHost } from './workers/worker-pool.ts';

export type Proxy = Running & {
  /** Of the first listener. */
  readonly port: number;
  readonly adminPort: number;
  /** Of all listeners, in their order, as they are now. */
  ports(): number[];
  reload(): Promise<Reloaded>;
};

export type ProxyHost = PoolHost & {
  /** Reads the configuration again. Throws ConfigError. */
  readonly readConfig: () => ProxyConfig;
};

/** Throws ConfigError for settings that cannot work here. */
export async function startProxy(
  config: ProxyConfig,
  log: Log,
  proxyHost: ProxyHost,
): Promise<Proxy> {
  const { logger } = log;
  const { adminPort: wantedAdminPort } = config.process;
  const host = advertisedHost(config.process);
  const planes = await startDataPlanes(config, logger, proxyHost);
  const setLog = (target: LogTarget): void => {
    log.set(target);
    planes.setLog(target);
  };
  const reloader = new Reloader(config, {
    log: logger,
    setLog,
    checkLog: (target) => log.check(target),
    reopenLog: () => {
      log.reopen();
      planes.setLog(log.target);
    },
    read: proxyHost.readConfig,
    apply: async (next) => {
      const gone = await planes.reload(next);
      followed.follow(next);
      for (const cluster of gone) followed.leave(cluster);
    },
  });
  const reload = (): Promise<Reloaded> => reloader.reload();
  const admin = createAdminServer({
    planes,
    failureOf: (cluster) => followed.failureOf(cluster),
    reload,
    log: { target: () => log.target, set: setLog },
  });
  await admin.listen({ host: adminHost(config.process), port: wantedAdminPort });
  const { port: adminPort } = admin.server.address() as { port: number };
  const followed = new FollowedClusters({ log: logger, planes, host, adminPort });
  followed.follow(config);
  const ports = (): number[] => [...planes.ports.values()];
  const clusters = [...config.clusters.keys()];
  logger.info({ ports: ports(), adminPort, clusters }, 'proxy listens');

  const stop = async (): Promise<void> => {
    // Nothing may leave any more when the session is given back.
    await planes.stop();
    await followed.stop();
    await admin.close();
  };
  return { port: ports()[0]!, adminPort, ports, stop, reload };
}

async function startDataPlanes(
  config: ProxyConfig,
  log: Logger,
  host: PoolHost,
): Promise<DataPlanes> {
  if (config.process.workers > 1) return startWorkerPool(config, log, host);
  const planes = await LocalDataPlanes.create(config, { log, isShared: false });
  await planes.listen();
  return planes;
}
