/** The data path alone: clients in front, servers behind, no control plane. */
import type { Clock, Logger } from '@keyfleet/runtime';
import { Counters } from './admin/counters.ts';
import type { Client } from './downstream/client.ts';
import type { ClientEnv } from './downstream/client-env.ts';
import { ClientRegistry } from './downstream/client-registry.ts';
import { MemoryBudget } from './downstream/memory-budget.ts';
import type { ReplyBlocks } from './downstream/outbox.ts';
import { createFeatures, type FeatureEnv, type Features } from './features.ts';
import { ReplicaReads } from './reads/replica-reads.ts';
import { Router } from './route/router.ts';
import { Routing } from './route/routing.ts';
import type { ProxySettings } from './settings.ts';
import { SlowLog } from './slowlog/slow-log.ts';
import { TroubleLog } from './topology/trouble-log.ts';
import { BlockPool } from './transport/blocks.ts';
import { LargeBlocks } from './transport/large-blocks.ts';
import type { Transport } from './transport/transport.ts';
import { Turn } from './turn.ts';
import type { Lease } from './upstream/lease.ts';
import type { CredentialSource } from './upstream/credentials.ts';
import { traitsOf } from './upstream/upstream-kind.ts';
import { clientsOfOneMax } from './workers/worker-share.ts';
import { newRunId, type ProxyRun } from './workers/proxy-run.ts';
import { oneProcess, type ProcessPart, type Processes } from './workers/processes.ts';

/** Replies of a turn to one client mostly fit; a client that does not read keeps a whole one. 8 MB are kept for reuse. */
const REPLY_BLOCK_BYTES = { small: 2 * 1024, large: 16 * 1024 };
const REPLY_BLOCKS_MAX = { small: 1024, large: 256 };
/** Requests of a turn to one server mostly fit: one write instead of a vector. 4 MB are kept for reuse. */
const REQUEST_BLOCK_BYTES = 64 * 1024;
const REQUEST_BLOCKS_MAX = 64;
/**
 * What is large. A shorter reply is gathered whole: then a lost server is an error to the client, not the end of its
 * connection. A shorter request is copied into the server's log, a longer one goes with its memory.
 */
const LARGE: LargeFrom = { replyBytes: 64 * 1024, requestBytes: 64 * 1024, memoryBytes: 16 * 1024 };
/** Kept for reuse: what some shards' worth of large requests in flight takes. */
const LARGE_BLOCKS_BYTES_MAX = 32 * 1024 * 1024;
/** Until a server told its own. */
const SERVER_VERSION = '7.0.0';

type LargeFrom = {
  /** A reply may be passed on in parts. */
  replyBytes: number;
  /** A request goes with its memory. */
  requestBytes: number;
  /** Memory of a frame is used again. */
  memoryBytes: number;
};

export type DataPath = Features & {
  readonly lease: Lease;
  readonly routing: Routing;
  readonly reads: ReplicaReads;
  readonly router: Router;
  readonly clients: ClientRegistry;
  readonly trouble: TroubleLog;
  readonly counters: Counters;
  readonly slowLog: SlowLog;
  /** The time as clients note it; whoever sweeps sets it. */
  readonly recent: { nowMs: number };
  /** Live settings have other values from now on. */
  readonly change: (settings: ProxySettings) => void;
};

/** What a simulation replaces. */
export type Surroundings = {
  transport: Pick<Transport, 'connect'>;
  clock: Clock;
  atTurnEnd: (run: () => void) => void;
  /** Null: the servers ask for no password. */
  credentials: CredentialSource | null;
  /** A server says, or shows, that the topology is out of date. */
  onStale?: (because: string) => void;
  /** Ids of clients that other processes of this proxy have. */
  clientIdsAfter?: number;
  /** With the others, how this one answers. */
  processesOf?: (part: ProcessPart) => Processes;
  run?: ProxyRun;
  large?: LargeFrom;
};

export function createDataPath(
  settings: ProxySettings,
  log: Logger,
  surroundings: Surroundings,
): DataPath {
  const { clock, atTurnEnd, large = LARGE } = surroundings;
  const { monotonicMs, wallMs, sleep } = clock;
  const lease = leaseAtStart(settings);
  const largeBlocks = new LargeBlocks(large.memoryBytes, LARGE_BLOCKS_BYTES_MAX);
  const env = { turn: new Turn(atTurnEnd, monotonicMs), monotonicMs, wallMs, largeBlocks };
  const trouble = new TroubleLog(log);
  const counters = new Counters();
  const slowLog = new SlowLog({ ...settings, monotonicMs, wallMs, counters });
  const recent = { nowMs: monotonicMs() };
  const allClients = () => clients.all();
  const { turn } = env;
  const kept = { bytesMax: settings.maxMemory, holders: allClients };
  const budget = new MemoryBudget({ ...kept, turn, log, counters });
  const noteRead = (bytes: number): void => budget.noteRead(bytes);
  const options = routingOptions(settings, surroundings);
  const toServers = {
    ...{ ...env, ...options, lease, sleep, trouble, counters, noteRead },
    slow: slowLog,
  };
  const routing = new Routing(toServers);
  const isWatching = (client: Client) => features.activityOf(client).watchedKeys > 0;
  const forReads = { ...toServers, routing, isWatching, clients: allClients };
  const reads = new ReplicaReads(settings, forReads);
  const features: Features = createFeatures({
    settings: { ...settings, databases: settings.databases || routing.traits.databases },
    ...{ routing, reads, clock, log, counters, slowLog, noteRead, turn },
    ...{ clients: () => clients, router: () => router },
    serverVersion: () => trouble.serverVersion ?? SERVER_VERSION,
    ...standing(surroundings),
  });
  const forRouter = { holdQueueMs: settings.holdQueueMs, largeRequestBytes: large.requestBytes };
  const gear = { routing, reads, counters };
  const routerEnv = { ...gear, monotonicMs, ...forRouter, ...features };
  const router: Router = new Router(routerEnv);
  const clients: ClientRegistry = new ClientRegistry(
    {
      ...{ ...env, recent, noteRead, onLeft: features.onLeft },
      ...limitsOfClients(settings),
      dispatch: (client) => router.dispatch(client),
      onUnserved: (client) => {
        slowLog.onUnserved(client, router.sinceUs(client));
        features.onUnserved(client);
      },
      onJoined: (client) => reads.join(client),
    },
    clock,
    clientsOfOneMax(settings),
    surroundings.clientIdsAfter,
  );
  const core = { ...gear, lease, router, clients, trouble, recent, slowLog };
  const changed = { options, routerEnv, budget, clients, reads };
  return { ...core, ...features, change: changing(changed, surroundings) };
}

type RoutingOptions = ReturnType<typeof routingOptions>;

type Changed = {
  readonly options: RoutingOptions;
  readonly routerEnv: { holdQueueMs: number };
  readonly budget: MemoryBudget;
  readonly clients: ClientRegistry;
  readonly reads: ReplicaReads;
};

/** What live settings are of account for has them from now on: limits in place, where others look at them. */
function changing(
  { options, routerEnv, budget, clients, reads }: Changed,
  surroundings: Surroundings,
): DataPath['change'] {
  return (live) => {
    const { limits, shardLimits } = routingOptions(live, surroundings);
    Object.assign(options.limits, limits);
    Object.assign(options.shardLimits, shardLimits);
    routerEnv.holdQueueMs = live.holdQueueMs;
    budget.bytesMax = live.maxMemory;
    clients.max = clientsOfOneMax(live);
    reads.configure(live);
  };
}

/** Of a process that does everything, unless it is told otherwise. */
function standing({
  processesOf = oneProcess,
  run,
}: Surroundings): Pick<FeatureEnv, 'processesOf' | 'run'> {
  return { processesOf, run: run ?? { runId: newRunId(), upMs: 0 } };
}

function ignore(): void {
  // Nobody can ask anew.
}

function leaseAtStart({ lease }: ProxySettings): Lease {
  const validUntilMs = lease === 'off' ? Infinity : -Infinity;
  return { validUntilMs, generation: 0, wallAheadMaxMs: Infinity };
}

function replyBlocks(): ReplyBlocks {
  return {
    small: new BlockPool(REPLY_BLOCK_BYTES.small, REPLY_BLOCKS_MAX.small),
    large: new BlockPool(REPLY_BLOCK_BYTES.large, REPLY_BLOCKS_MAX.large),
  };
}

function routingOptions(settings: ProxySettings, surroundings: Surroundings) {
  const { transport, credentials, large = LARGE, onStale = ignore } = surroundings;
  return {
    ...{ transport, credentials, onStale },
    blocks: new BlockPool(REQUEST_BLOCK_BYTES, REQUEST_BLOCKS_MAX),
    traits: traitsOf(settings.upstream),
    limits: {
      connectTimeoutMs: settings.connectTimeoutMs,
      inFlightMax: settings.inFlightMax,
      inFlightBytesMax: settings.inFlightBytesMax,
      partedBytesMin: large.replyBytes,
    },
    shardLimits: {
      opTimeoutMs: settings.opTimeoutMs,
      holdQueueMs: settings.holdQueueMs,
      holdQueueMax: settings.holdQueueMax,
      holdQueueBytesMax: settings.holdQueueBytesMax,
      idleMs: settings.serverIdleMs,
      silenceMs: settings.serverSilenceMs,
      backoffMinMs: 50,
      backoffMaxMs: 1000,
    },
  };
}

function limitsOfClients(settings: ProxySettings): Pick<ClientEnv, 'blocks' | 'limits'> {
  const limits = {
    pendingMax: settings.clientPendingMax,
    outputBytesMax: settings.clientOutputBytesMax,
    inputBytesMax: settings.clientInputBytesMax,
    requestBytesMax: settings.requestBytesMax,
  };
  return { blocks: replyBlocks(), limits };
}
