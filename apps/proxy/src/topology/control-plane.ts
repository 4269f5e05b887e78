/** What ties the proxy to the configserver: the topology it follows, the session it serves under, the file that remembers. */
import { ApiClient } from '@keyfleet/api';
import { systemClock, type Logger, type Running } from '@keyfleet/runtime';
import type { ProxySettings } from '../settings.ts';
import type { Lease } from '../upstream/lease.ts';
import { Follower } from './follower.ts';
import type { ServiceGate } from './service-gate.ts';
import { Session } from './session.ts';
import { TopologyFile } from './topology-file.ts';
import type { TroubleLog } from './trouble-log.ts';

export type ControlPlaneEnv = {
  log: Logger;
  lease: Lease;
  gate: ServiceGate;
  trouble: TroubleLog;
  /** Where others reach the proxy. */
  host: string;
  ports: { port: number; adminPort: number };
};

/** Follows the topology under a session; stops both, and gives the session back. */
export function followControlPlane(
  settings: ProxySettings,
  { log, lease, gate, trouble, host, ports }: ControlPlaneEnv,
): Running {
  const { cluster } = settings;
  const api = new ApiClient(settings.configserver, fetch);
  const file = new TopologyFile(settings.stateDir, cluster, log);
  const isLeased = settings.lease === 'on';
  const follower = new Follower({
    api,
    cluster,
    clock: systemClock,
    log,
    apply: (topology) => {
      gate.apply(topology);
      file.keep(topology);
    },
  });
  const session = new Session({
    api,
    cluster,
    clock: systemClock,
    log,
    // Without a lease there is still a session, so that barriers know this proxy; its lapse stops nothing.
    lease: isLeased ? lease : { validUntilMs: -Infinity, generation: 0, wallAheadMaxMs: Infinity },
    proxy: {
      id: settings.proxyId,
      host,
      port: ports.port,
      adminUrl: `http://${host.includes(':') ? `[${host}]` : host}:${ports.adminPort}`,
      pid: process.pid,
    },
    report: () => ({
      appliedVersion: gate.appliedVersion,
      health: gate.isServing ? 'serving' : 'closed',
      errors: trouble.take(),
    }),
    onOpened: (version) => {
      if (version < follower.version) gate.forget();
      follower.startAt(version);
      if (isLeased) gate.sessionOpened(version);
    },
    onVersion: (version) => follower.noteVersion(version),
    onLapsed: () => {
      if (isLeased) gate.lapsed();
    },
  });
  gate.onSettled = () => session.renewNow();
  void file.read().then((topology) => topology && gate.remember(topology, !isLeased));
  if (!isLeased) gate.sessionOpened(0);
  follower.start();
  session.start();
  return {
    stop: async () => {
      await Promise.all([follower.stop(), session.stop()]);
    },
  };
}
