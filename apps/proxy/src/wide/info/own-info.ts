import type { ProxySettings } from '../../settings.ts';
import type { TrackingCounts } from '../../tracking/tracking.ts';
import type { OwnInfo } from './info.ts';

export type OwnFacts = {
  readonly settings: ProxySettings;
  readonly runId: string;
  readonly serverVersion: () => string;
  readonly uptimeMs: () => number;
  readonly clientCount: () => number;
  readonly blockedCount: () => number;
  readonly trackingCounts: () => TrackingCounts;
};

const DAY_SECONDS = 86_400;
/** Of clients: each process has its own. A key that clients of two processes read is counted twice. */
const SUMMED = new Set([
  'connected_clients', 'blocked_clients', 'tracking_clients', 'tracking_total_keys', 'tracking_total_items',
  'tracking_total_prefixes',
]); // prettier-ignore

/** What INFO says of this process of the proxy, whatever the servers say of themselves. */
export function ownInfo({ settings, runId, ...facts }: OwnFacts): () => OwnInfo {
  return () => {
    // The servers know the proxy's few connections, and not who reads over these.
    const tracking = facts.trackingCounts();
    const uptimeSeconds = Math.floor(facts.uptimeMs() / 1000);
    return {
      Server: {
        redis_version: facts.serverVersion(),
        redis_mode: 'standalone',
        process_id: process.pid,
        run_id: runId,
        tcp_port: settings.port,
        uptime_in_seconds: uptimeSeconds,
        uptime_in_days: Math.floor(uptimeSeconds / DAY_SECONDS),
      },
      Clients: {
        connected_clients: facts.clientCount(),
        maxclients: settings.clientsMax,
        blocked_clients: facts.blockedCount(),
        tracking_clients: tracking.clients,
      },
      Stats: {
        tracking_total_keys: tracking.keys,
        tracking_total_items: tracking.items,
        tracking_total_prefixes: tracking.prefixes,
      },
      Replication: { role: 'master' },
      Cluster: { cluster_enabled: 0 },
    };
  };
}

/** What several processes of a proxy say, as one: as the first does, with the sums of what is of clients. */
export function sumOwnInfo([first, ...others]: readonly OwnInfo[]): OwnInfo {
  const sumOf = (section: string, field: string, value: string | number): string | number =>
    SUMMED.has(field)
      ? others.reduce((sum, other) => sum + Number(other[section]?.[field] ?? 0), Number(value))
      : value;
  return Object.fromEntries(
    Object.entries(first ?? {}).map(([section, fields]) => [
      section,
      Object.fromEntries(
        Object.entries(fields).map(([field, value]) => [field, sumOf(section, field, value)]),
      ),
    ]),
  );
}
