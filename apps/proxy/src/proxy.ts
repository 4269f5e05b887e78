/** One proxy, put together: what serves clients, what steers it, the admin port. */
import type { Logger, Running } from '@keyfleet/runtime';
import { createAdminServer } from './admin/admin-server.ts';
import { advertisedHost, type ProxySettings } from './settings.ts';
import { followUpstream } from './topology/follow-upstream.ts';
import type { DataPlane } from './workers/data-plane.ts';
import { createLocalDataPlane } from './workers/local-data-plane.ts';
import { startWorkerPool, type PoolHost } from './workers/worker-pool.ts';

export type Proxy = Running & { readonly port: number; readonly adminPort: number };

/** Throws ConfigError for settings that cannot work here. */
export async function startProxy(
  settings: ProxySettings,
  log: Logger,
  poolHost: PoolHost,
): Promise<Proxy> {
  const host = advertisedHost(settings);
  const plane = await startDataPlane(settings, log, poolHost);
  const admin = createAdminServer(plane);
  await admin.listen({ host: settings.bind, port: settings.adminPort });
  const ports = {
    port: plane.port,
    adminPort: (admin.server.address() as { port: number }).port,
  };
  const control = followUpstream(settings, { log, plane, host, ports });
  log.info({ ...ports, cluster: settings.cluster }, 'proxy listens');

  const stop = async (): Promise<void> => {
    // Nothing may leave any more when the session is given back.
    await plane.stop();
    await control.stop();
    await admin.close();
  };
  return { ...ports, stop };
}

async function startDataPlane(
  settings: ProxySettings,
  log: Logger,
  poolHost: PoolHost,
): Promise<DataPlane> {
  if (settings.workers > 1) return startWorkerPool(settings, log, poolHost);
  const plane = await createLocalDataPlane(settings, log);
  await plane.listen({ port: settings.port, isShared: false });
  return plane;
}
