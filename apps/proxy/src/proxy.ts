/** One proxy, put together: the data path, what steers it, the admin port. */
import { systemClock, type Logger, type Running } from '@keyfleet/runtime';
import { createAdminServer } from './admin/admin-server.ts';
import { createMetrics } from './admin/metrics.ts';
import { createDataPath } from './data-path.ts';
import { errors } from './route/replies.ts';
import { advertisedHost, type ProxySettings } from './settings.ts';
import { followControlPlane } from './topology/control-plane.ts';
import { ServiceGate } from './topology/service-gate.ts';
import { nodeTransport } from './transport/node-transport.ts';
import { openSecretFile } from './upstream/secret-file.ts';

/** How often deadlines, reconnects and idle connections are looked at. */
const SWEEP_MS = 50;

export type Proxy = Running & { readonly port: number; readonly adminPort: number };

/** Throws ConfigError for settings that cannot work here. */
export async function startProxy(settings: ProxySettings, log: Logger): Promise<Proxy> {
  const host = advertisedHost(settings);
  const readSecret = await openSecretFile(settings.secretFile);
  const { clients, counters, lease, router, routing, trouble } = createDataPath(settings, log, {
    transport: nodeTransport,
    clock: systemClock,
    atTurnEnd: setImmediate,
    readSecret,
  });
  const gate = new ServiceGate(routing, log);
  const { bind, port, adminPort } = settings;
  const listener = await nodeTransport.listen({ host: bind, port }, (connection) =>
    clients.accept(connection),
  );
  let isDraining = false;
  const sources = { router, routing, clients, counters, appliedVersion: () => gate.appliedVersion };
  const admin = createAdminServer({
    ...sources,
    registry: createMetrics(sources),
    isDraining: () => isDraining,
  });
  await admin.listen({ host: bind, port: adminPort });
  const ports = {
    port: listener.port,
    adminPort: (admin.server.address() as { port: number }).port,
  };
  const control = followControlPlane(settings, { log, lease, gate, trouble, host, ports });
  const sweeper = setInterval(() => routing.sweep(systemClock.monotonicMs()), SWEEP_MS);
  log.info({ ...ports, cluster: settings.cluster }, 'proxy listens');

  const stop = async (): Promise<void> => {
    isDraining = true;
    await listener.close();
    await clients.drain(settings.drainMs);
    // Nothing may leave any more when the session is given back.
    routing.close(errors.leaseLapsed);
    await control.stop();
    clearInterval(sweeper);
    await admin.close();
  };
  return { ...ports, stop };
}
