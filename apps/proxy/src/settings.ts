import {
  hostPort,
  integer,
  list,
  liveSetting,
  logLevels,
  oneOf,
  port,
  setting,
  text,
  url,
  type Settings,
} from '@keyfleet/runtime';
import { gatherNames } from './gathers/gather-names.ts';
import { readPolicies } from './reads/read-policy.ts';
import { SLOW_LOG_LENGTH_MAX } from './slowlog/length-max.ts';
import { ipFamilies } from './transport/ip-family.ts';
import { upstreamKinds } from './upstream/upstream-kind.ts';

/** Of the process: what all clusters that it serves have in common. */
export const processSettings = {
  port: setting(port, '7480', 'Where clients connect.'),
  adminPort: setting(port, '9901', 'Metrics, health, topology, clients.'),
  workers: setting(
    integer(1, 64),
    '1',
    'Event loops that share the port, each in a process of its own with its own connections to the servers; connections are spread over them by the kernel. 1: one process does everything.',
  ),
  bind: setting(text, '127.0.0.1', 'Address of the ports.'),
  adminBind: setting(
    text,
    '',
    'Address of the admin port, which asks nobody who it is; empty: that of bind.',
  ),
  advertiseHost: setting(
    text,
    '',
    'upstream topology: where others reach both ports, as status shows it; empty: the address of bind.',
  ),
  proxyId: setting(text, 'proxy-0', 'Name of this proxy in sessions and status.'),
  stateDir: setting(
    text,
    '.keyfleet/proxy',
    'Keeps the last topology: addresses for the next start.',
  ),
  drainMs: setting(integer(0, 600_000), '5000', 'At SIGTERM: time for pending requests.'),
  logLevel: liveSetting(oneOf(...logLevels), 'info', 'Least level that is logged.'),
  logFile: liveSetting(
    text,
    '',
    'Where log lines are added; opened again at SIGHUP, for whoever rotates it. Empty: standard output.',
  ),
};

/** Of one cluster that is served. */
export const clusterSettings = {
  cluster: setting(text, 'default', 'The cluster that is served.'),
  upstream: setting(
    oneOf(...upstreamKinds),
    'topology',
    'What is behind the proxy. topology: shards of a Keyfleet cluster, as its configservers say. redis-cluster: any Redis Cluster. standalone: one server.',
  ),
  configserver: setting(list(url), '', 'upstream topology: configservers, any or all of them.'),
  seeds: liveSetting(
    list(hostPort),
    '',
    'upstream redis-cluster: nodes by which it is found, host:port; upstream standalone: the server. Names are looked up again for every connection.',
  ),
  ipFamily: setting(
    oneOf(...ipFamilies),
    'any',
    'Addresses of servers that names are resolved to: IPv4, IPv6, or any.',
  ),
  refreshMs: liveSetting(
    integer(100, 3_600_000),
    '10000',
    'upstream redis-cluster and standalone: how often it is asked who is who. It is also asked at once when a server says, or shows, that something has changed.',
  ),
  refreshTimeoutMs: liveSetting(
    integer(10, 600_000),
    '4000',
    'How long a server may take to answer that.',
  ),
  secretFile: setting(
    text,
    '',
    "upstream topology: file with the cluster's secret, from which the servers' passwords come; read for each connection to a server. Empty: they ask for none.",
  ),
  upstreamUser: liveSetting(
    text,
    '',
    'As whom the proxy comes to the servers. Empty: the default user.',
  ),
  upstreamPassword: liveSetting(
    text,
    '',
    'The password of that user; better in a file, or in the environment.',
  ),
  upstreamPasswordFile: liveSetting(
    text,
    '',
    'File with the password; read for each connection to a server. Connections that are open prove a new one, too.',
  ),
  upstreamPasswordCommand: liveSetting(
    text,
    '',
    'A program that says the password, and its arguments, separated by spaces; there is no shell. For tokens that expire, as of AWS IAM. Nothing that it says is ever shown.',
  ),
  upstreamPasswordRefreshMs: liveSetting(
    integer(1000, 86_400_000),
    '600000',
    'How long what that program said is used, by new connections and by those that are open.',
  ),
  upstreamTls: setting(
    oneOf('auto', 'on', 'off'),
    'auto',
    'TLS to the servers. auto: if seeds have names that ElastiCache gives to clusters with TLS, or MemoryDB.',
  ),
  upstreamTlsCaFile: setting(
    text,
    '',
    "Certificates (PEM) of the authorities that are trusted. Empty: those of this machine's Node.js. It is read again when it changes, as are the next two.",
  ),
  upstreamTlsCertFile: setting(
    text,
    '',
    'Certificate (PEM) of the proxy, for servers that want one.',
  ),
  upstreamTlsKeyFile: setting(text, '', 'The key of that certificate.'),
  upstreamTlsServerName: setting(
    text,
    '',
    'Whose certificate servers have. Empty: each has one of the name, or address, that it is reached by.',
  ),
  upstreamTlsVerify: setting(
    oneOf('on', 'chain', 'off'),
    'on',
    'on: the certificate is by an authority that is trusted, and of the right name. chain: its name does not matter. off: neither does; whoever can come between reads and writes everything.',
  ),
  lease: setting(
    oneOf('on', 'off'),
    'on',
    'upstream topology. off: serves on without a configserver, also with a topology that is out of date. For caches that prefer to answer: after a failover it may write to, and read from, a server that is no longer primary.',
  ),
  databases: setting(
    integer(0, 1_000_000),
    '0',
    'Databases that SELECT offers; the servers must have as many. 0: 16, or 1 of a Redis Cluster (Valkey 9 may have more: cluster-databases).',
  ),
  clientsMax: liveSetting(
    integer(1, 19_000),
    '10000',
    'Client connections; more are refused. Each worker takes its part of them.',
  ),
  maxMemory: liveSetting(
    integer(1, 2 ** 40),
    '536870912',
    'Bytes that all clients together may hold: requests, and replies that wait or are not read. Above it the client that holds most is closed. Divided over the workers.',
  ),
  clientPendingMax: setting(integer(1, 1_000_000), '1024', 'Replies that one client may wait for.'),
  clientOutputBytesMax: setting(
    integer(131_072, 2 ** 30),
    '1048576',
    'Bytes of replies kept for one client, pending and unread; above it its requests wait.',
  ),
  clientInputBytesMax: setting(
    integer(16_384, 2 ** 30),
    '262144',
    'Bytes of requests kept for a client whose requests wait; above it its socket is not read.',
  ),
  requestBytesMax: setting(
    integer(1024, 2 ** 30),
    '1073741824',
    'One request; a client that sends more is closed.',
  ),
  transactionCommandsMax: setting(
    integer(1, 1_000_000),
    '65536',
    'Commands between MULTI and EXEC of one client; more, and EXEC aborts.',
  ),
  transactionBytesMax: setting(
    integer(1024, 2 ** 31),
    '67108864',
    'Bytes of the commands between MULTI and EXEC of one client; more, and EXEC aborts.',
  ),
  channelScope: setting(
    oneOf('all', 'home'),
    'all',
    'Where SUBSCRIBE listens. all: at every shard, so that messages of scripts and transactions arrive wherever these run. home: only at the shard of the slot of the name, where PUBLISH sends; for many shards with many channels.',
  ),
  subscriptionsMax: setting(
    integer(1, 100_000_000),
    '1000000',
    'Subscriptions of all clients together; more are refused. Divided over the workers.',
  ),
  clientSubscriptionsMax: setting(
    integer(1, 100_000_000),
    '100000',
    'Subscriptions of one client; more are refused.',
  ),
  subscriberOutputBytesMax: setting(
    integer(1024, 2 ** 31),
    '33554432',
    'Bytes that a subscribed client, or one with CLIENT TRACKING, has not read; above it the client is closed.',
  ),
  subscriberSoftBytesMax: setting(
    integer(1024, 2 ** 31),
    '8388608',
    'The same, when it is above this for subscriberSoftSeconds.',
  ),
  subscriberSoftSeconds: setting(
    integer(1, 86_400),
    '60',
    'How long a subscribed client may be above subscriberSoftBytesMax.',
  ),
  gathers: setting(
    list(oneOf('all', ...gatherNames)),
    '',
    'Reads that may have keys of several slots, which are else answered with CROSSSLOT; all: each of them. Such a read is not atomic: its keys are read one by one, from their shards, and others may write between. What it makes is made in the proxy, which does nothing else meanwhile.',
  ),
  gatherElementsMax: setting(
    integer(1, 100_000_000),
    '20000',
    'Elements of all keys of one such read; more are refused, before they are read.',
  ),
  gatherBytesMax: setting(
    integer(1024, 2 ** 31),
    '16777216',
    'Bytes of all keys of one such read; more are refused.',
  ),
  privateConnectionsMax: setting(
    integer(1, 65_536),
    '1024',
    'Connections to one shard for clients that block: one each. More clients get TRYAGAIN. Divided over the workers.',
  ),
  watchConnectionsMax: setting(
    integer(1, 65_536),
    '1024',
    'The same for clients that watch keys, from WATCH to EXEC: those that block cannot take them.',
  ),
  trackingBytesMax: setting(
    integer(1024, 2 ** 35),
    '134217728',
    'About how much is kept of which client read which keys (CLIENT TRACKING); above it the oldest keys are invalidated. Divided over the workers.',
  ),
  trackingNoloopMax: setting(
    integer(0, 1_000_000),
    '64',
    'Clients with CLIENT TRACKING NOLOOP that have connections of their own to each server; more are told of their own writes, too. Divided over the workers.',
  ),
  reads: liveSetting(
    oneOf(...readPolicies),
    'primary',
    'Which servers of a shard answer reads. primary: always what was written last. replica: replicas, and the primary where none is fit. nearest: the servers of the own zone, else those that answer soonest. any: all. Except for primary, reads may be old by as much as replicas lag, and two reads may go back in time; keys that only replicas read look unused to eviction at the primary. A client overrides it for its connection with READONLY or READWRITE.',
  ),
  readsLagMs: liveSetting(
    integer(0, 86_400_000),
    '0',
    'Replicas that are further behind their primary are not read, 0: no bound. It is looked at each second, and counts the time of asking: below about 20 it costs replicas that are up to date.',
  ),
  readsLagBytes: liveSetting(
    integer(0, 2 ** 40),
    '0',
    'The same in bytes of the replication stream, 0: no bound.',
  ),
  readsTimeoutMs: liveSetting(
    integer(10, 600_000),
    '1000',
    'A replica that owes a reply for this long is left, and what it owes is read at the primary. A read that takes longer is done twice.',
  ),
  zone: liveSetting(
    text,
    '',
    'Where this proxy is; reads nearest: servers that say they are there too (availability-zone of Valkey) are preferred.',
  ),
  readYourWritesMs: liveSetting(
    integer(0, 86_400_000),
    '0',
    'After a write of a client, its reads of the same slots go to the primary for this long; 0: only while the write is pending. It costs reads at the primary; another client may still read what is old.',
  ),
  hedgeMs: liveSetting(
    integer(0, 60_000),
    '0',
    'A read that a replica did not answer for this long is sent to another server too, and the first answer counts; at most one in ten. It costs that much more work. 0: off.',
  ),
  inFlightMax: setting(
    integer(1, 1_000_000),
    '16384',
    'Requests in flight on one server connection; more wait.',
  ),
  inFlightBytesMax: setting(
    integer(1024, 2 ** 31),
    '33554432',
    'Request bytes in flight on one server connection; more wait.',
  ),
  scriptBytesMax: setting(
    integer(0, 2 ** 30),
    '16777216',
    'Bytes of Lua scripts that clients sent and that are kept, to give them to servers that lack them: a new primary, a new shard. Of each worker.',
  ),
  slowlogLogSlowerThan: setting(
    integer(-1, 2 ** 40),
    '10000',
    'Microseconds that a client waits for a reply until its request is in the slow log, and in the metric slow_requests; -1: none is. CONFIG SET changes it, with that of the servers, until the process ends.',
  ),
  slowlogMaxLen: setting(
    integer(0, SLOW_LOG_LENGTH_MAX),
    '128',
    'Entries of the slow log of this process, of at most about 5 KB each.',
  ),
  holdQueueMs: liveSetting(
    integer(1, 60_000),
    '2500',
    'How long a command waits for a held slot or a lost server.',
  ),
  holdQueueMax: setting(
    integer(1, 1_000_000),
    '10000',
    'Clients that wait so, per shard; more get TRYAGAIN. Divided over the workers, as is the next.',
  ),
  holdQueueBytesMax: setting(
    integer(1, 2 ** 31),
    '67108864',
    'Bytes of the requests that wait so, per shard.',
  ),
  connectTimeoutMs: liveSetting(integer(1, 60_000), '4000', 'Time for a connection to a server.'),
  opTimeoutMs: liveSetting(
    integer(1, 600_000),
    '5000',
    'Time for a server to answer a request; then its client gets an error, UNCERTAIN for a write, and the connection lives on. Not for commands that block, nor while a script runs.',
  ),
  serverSilenceMs: setting(
    integer(100, 600_000),
    '10000',
    'A server that owes a reply and is silent for this long is taken for dead.',
  ),
  serverIdleMs: setting(
    integer(1000, 86_400_000),
    '300000',
    'A server connection that is not used for this long is closed.',
  ),
};

export const proxySettings = { ...processSettings, ...clusterSettings };
export type ProcessSettings = Settings<typeof processSettings>;
export type ClusterSettings = Settings<typeof clusterSettings>;
/** What the data path of one cluster needs to know. */
export type ProxySettings = ProcessSettings & ClusterSettings;

/** Where the admin port is. */
export function adminHost({ adminBind, bind }: ProcessSettings): string {
  return adminBind || bind;
}

/** Where a proxy says that others reach it. */
export function advertisedHost({ advertiseHost, bind }: ProcessSettings): string {
  return advertiseHost || bind;
}
