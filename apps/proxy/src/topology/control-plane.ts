/** What ties the proxy to the configserver: the topology it follows, the session it serves under, the file that remembers. */
import { ApiClient } from '@keyfleet/api';
import { systemClock, type Logger, type Running } from '@keyfleet/runtime';
import type { ProxySettings } from '../settings.ts';
import { NO_END, type Steered } from '../workers/data-plane.ts';
import { Follower } from './follower.ts';
import { Session } from './session.ts';
import { TopologyFile } from './topology-file.ts';

export type ControlPlaneEnv = {
  log: Logger;
  plane: Steered;
  /** Where others reach the proxy. */
  host: string;
  ports: { port: number; adminPort: number };
};

/** Follows the topology under a session; stops both, and gives the session back. */
export function followControlPlane(
  settings: ProxySettings,
  { log, plane, host, ports }: ControlPlaneEnv,
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
      plane.apply(topology);
      file.keep(topology);
    },
  });
  const session = new Session({
    api,
    cluster,
    clock: systemClock,
    log,
    proxy: {
      id: settings.proxyId,
      host,
      port: ports.port,
      adminUrl: adminUrl(settings, host, ports.adminPort),
      pid: process.pid,
    },
    report: () => ({
      appliedVersion: plane.appliedVersion,
      health: plane.isServing ? 'serving' : 'closed',
      errors: plane.takeTrouble(),
    }),
    onOpened: (version) => {
      if (version < follower.version) plane.forget();
      follower.startAt(version);
    },
    // Without a lease there is still a session, so that barriers know this proxy; its lapse stops nothing.
    onGranted: (grant) => {
      if (isLeased) plane.grant(grant);
    },
    onVersion: (version) => follower.noteVersion(version),
    onLapsed: () => {
      if (isLeased) plane.lapse();
    },
  });
  plane.onSettled = () => session.renewNow();
  void file.read().then((topology) => topology && plane.remember(topology, !isLeased));
  if (!isLeased) plane.grant(NO_END);
  follower.start();
  session.start();
  return {
    stop: async () => {
      await Promise.all([follower.stop(), session.stop()]);
    },
  };
}

/** Not everybody who reaches the proxy reaches an admin port that has an address of its own. */
function adminUrl({ adminBind }: ProxySettings, host: string, port: number): string {
  const isAny = ['', '0.0.0.0', '::'].includes(adminBind);
  const at = isAny ? host : adminBind;
  return `http://${at.includes(':') ? `[${at}]` : at}:${port}`;
}
