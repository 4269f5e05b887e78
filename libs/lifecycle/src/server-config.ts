/**
 * The one place where a server's configuration is made (design §3), the same on a laptop and on Kubernetes.
 *
 * Invariant: a server never decides that it is primary (design §5). It boots as a replica of an address where
 * nobody listens and serves no stale data: reads get -MASTERDOWN, writes -READONLY, a sync -NOMASTERLINK,
 * until the configserver gives it a role. So a primary that restarts empty cannot be copied by its replicas.
 */
import { quantityBytes, type ClusterSpec } from './manifest.ts';

/** Port 1 of the host itself: connections are refused at once, for ever. */
export const NOWHERE = { host: '127.0.0.1', port: 1 } as const;

export type ServerPlace = {
  /** Addresses to listen on, as `bind` takes them. */
  bind: string;
  port: number;
  dataDir: string;
  /** Undefined: the command line says it, for it is known only when the server starts. */
  announceIp?: string;
  /** A file with `requirepass` and `masterauth`; undefined: whoever reaches the server may use it. */
  credentialsFile?: string;
};

/**
 * The name of a server's configuration file on every platform. INFO shows it, so whoever looks at an address sees
 * whose server answers there: an address may be given to another.
 */
export function serverConfigName(clusterId: string, nodeId: string): string {
  return `${clusterId}.${nodeId}.conf`;
}

/** Whose configuration it is; null: the name has another form, somebody else gave it. */
export function parseServerConfigName(
  name: string,
): { readonly clusterId: string; readonly nodeId: string } | null {
  const [, clusterId, nodeId] = /^(.+)\.(shard-\d+-\d+)\.conf$/.exec(name) ?? [];
  return clusterId === undefined || nodeId === undefined ? null : { clusterId, nodeId };
}

/** Lines of `redis.conf` for one server. */
export function serverConfig(spec: ClusterSpec, place: ServerPlace): string {
  return written([
    ...placeLines(place),
    ['replicaof', `${NOWHERE.host} ${NOWHERE.port}`],
    ['replica-serve-stale-data', 'no'],
    ['replica-read-only', 'yes'],
    ...optional('replica-announce-ip', place.announceIp),
    ...commonLines(spec),
    ...optional('include', place.credentialsFile),
  ]);
}

/** The same for a node of a Redis Cluster, which finds its role by itself. */
export function redisClusterNodeConfig(spec: ClusterSpec, place: ServerPlace): string {
  return written([
    ...placeLines(place),
    ['cluster-enabled', 'yes'],
    ['cluster-port', String(busPort(place.port))],
    ['cluster-node-timeout', '5000'],
    // Else the others see where its connections come from, which on one machine is the same for all.
    ...optional('cluster-announce-ip', place.announceIp),
    ...commonLines(spec),
  ]);
}

/** Where the nodes of a Redis Cluster talk to each other. */
export function busPort(port: number): number {
  return port + BUS_OFFSET <= PORT_MAX ? port + BUS_OFFSET : port - BUS_OFFSET;
}

const BUS_OFFSET = 10_000;
const PORT_MAX = 65_535;

type Line = readonly [name: string, value: string];

function placeLines(place: ServerPlace): Line[] {
  return [
    ['bind', place.bind],
    ['port', String(place.port)],
    ['dir', quoted(place.dataDir)],
    ['daemonize', 'no'],
    ['logfile', '""'],
  ];
}

function commonLines(spec: ClusterSpec): Line[] {
  return [
    // The default of 5 s waits for more replicas to join one sync: it is felt at every start.
    ['repl-diskless-sync-delay', '0'],
    // A short break must not cost a full sync: 64 MB holds a minute of 1 MB/s of writes.
    ['repl-backlog-size', '64mb'],
    // Else a primary without replicas changes its replication id after an hour (protocol 0.1).
    ['repl-backlog-ttl', '0'],
    // Longer only delays an orderly stop while a replica is away.
    ['shutdown-timeout', '3'],
    ['tcp-keepalive', '60'],
    // A proxy hears a shard for all its clients over one connection: no message may be too long for it, and no short
    // stall too long. It cuts off clients that do not read by itself.
    ['client-output-buffer-limit', 'pubsub 1gb 256mb 60'],
    ['maxmemory-policy', spec.maxMemoryPolicy],
    ...optional('maxmemory', spec.maxMemory && String(quantityBytes(spec.maxMemory))),
    ...persistence(spec.persistence.mode),
    ...Object.entries(spec.config).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
}

function written(lines: readonly Line[]): string {
  return lines.map(([key, value]) => `${key} ${value}\n`).join('');
}

function optional(key: string, value: string | undefined): Line[] {
  return value === undefined ? [] : [[key, value]];
}

function persistence(mode: ClusterSpec['persistence']['mode']): Line[] {
  const savesSnapshots = mode === 'rdb' || mode === 'both';
  const appends = mode === 'aof' || mode === 'both';
  return [
    ['save', savesSnapshots ? '3600 1 300 100 60 10000' : '""'],
    ['appendonly', appends ? 'yes' : 'no'],
  ];
}

function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&')}"`;
}
