/** Transactions and blocking commands, wired together: what a client has beyond single requests. */
import type { Command } from '@keyfleet/commands';
import { encode } from '@keyfleet/resp';
import type { Clock } from '@keyfleet/runtime';
import type { NamedReading } from '../admin/metric.ts';
import type { Client } from '../downstream/client.ts';
import type { ClientActivity } from '../local/client-line.ts';
import type { Handlers, Router } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import type { ProxySettings } from '../settings.ts';
import type { Processes, UnblockOrder } from '../workers/processes.ts';
import { Blocking } from './blocking.ts';
import type { Publications } from './burst.ts';
import type { HandlerOf } from './emulate.ts';
import type { TakeInMode } from './modes.ts';
import { PrivatePool } from './private-pool.ts';
import type { PrivateWay } from './private-way.ts';
import type { Step } from './transaction.ts';
import { Transactions, type ScriptsOfTransactions } from './transactions.ts';
import { Unblocker } from './unblocker.ts';
import { Watches } from './watches.ts';

export type SessionEnv = {
  readonly settings: ProxySettings;
  readonly routing: Routing;
  readonly router: () => Router;
  readonly clock: Clock;
  /** Of commands that the proxy answers by itself. */
  readonly handlerOf: HandlerOf;
  readonly processes: Processes;
  readonly scripts: ScriptsOfTransactions;
  readonly pubsub: Publications;
};

export type Session = {
  readonly handlers: Handlers;
  /** Of those who block a connection; also for others who do. */
  readonly pool: PrivatePool;
  readonly unblocker: Unblocker;
  readonly queueing: TakeInMode;
  /** What its EXEC would do; none: there is no transaction, or it is refused. */
  readonly stepsOf: (client: Client) => readonly Step[];
  /** A request of this client waited for its shard and got an error. */
  readonly onUnserved: (client: Client) => void;
  /** The client is gone, or begins anew. */
  readonly end: (client: Client) => void;
  /** Commands that its EXEC would carry out. */
  readonly queuedBy: (client: Client) => readonly Command[];
  /** False: no client of this process with this id waits. */
  readonly unblock: (order: UnblockOrder) => boolean;
  /** The proxy stops: what blocks is answered as if its time were over. */
  readonly endBlocked: () => void;
  readonly activityOf: (
    client: Client,
  ) => Pick<ClientActivity, 'queued' | 'queuedBytes' | 'watchedKeys' | 'isBlocked'>;
  /** For INFO, as the metric. */
  readonly blockedCount: () => number;
  readonly gauges: readonly NamedReading[];
};

export function createSession({ settings, routing, router, ...env }: SessionEnv): Session {
  const { handlerOf, scripts, processes } = env;
  const { monotonicMs } = env.clock;
  const { databases, transactionCommandsMax, transactionBytesMax } = settings;
  const { pool, watchPool } = poolsOf(settings, monotonicMs);
  const retrying = new Set<PrivateWay>();
  const way = { routing, pool, monotonicMs, retrying };
  const watches = new Watches({ ...way, pool: watchPool });
  const transactions = new Transactions({
    router,
    handlerOf,
    limits: { commandsMax: transactionCommandsMax, bytesMax: transactionBytesMax },
    databases,
    watches,
    watchPool,
    scripts,
    publications: env.pubsub,
    routing,
    busyError: (slot) => routing.busyError(slot),
  });
  const unblocker = new Unblocker(pool);
  const silenceMs = settings.serverSilenceMs;
  const blocking = new Blocking({ ...way, unblocker, silenceMs, router, processes });
  routing.followers.push({
    onApplied: () => {
      watches.onApplied();
      blocking.onApplied();
      return Promise.resolve();
    },
    onSwept: (nowMs) => {
      pool.closeIdle();
      watchPool.closeIdle();
      unblocker.sweep();
      for (const each of [...retrying]) each.retry(nowMs);
    },
  });
  return {
    pool,
    unblocker,
    handlers: [...transactions.handlers(), ...watches.handlers(), ...blocking.handlers()],
    queueing: (client, command) => transactions.take(client, command),
    stepsOf: (client) => transactions.stepsOf(client),
    onUnserved: (client) => transactions.onUnserved(client),
    end: (client) => {
      transactions.end(client);
      watches.end(client);
      blocking.end(client);
    },
    queuedBy: (client) => transactions.queuedBy(client),
    unblock: (order) => blocking.unblock(order),
    endBlocked: () => blocking.endAll(),
    activityOf: (client) => ({
      ...transactions.activityOf(client),
      watchedKeys: watches.of(client)?.keyCount ?? 0,
      isBlocked: blocking.isBlocked(client),
    }),
    blockedCount: () => blocking.count,
    gauges: gaugesOf({ pool, watchPool }, blocking),
  };
}

type Pools = {
  /** For clients that block. */
  readonly pool: PrivatePool;
  /** A pool of their own: however many block, keys can be watched. */
  readonly watchPool: PrivatePool;
};

function poolsOf(settings: ProxySettings, monotonicMs: () => number): Pools {
  const kept = { idleMs: settings.serverIdleMs, monotonicMs };
  return {
    pool: new PrivatePool({
      ...kept,
      perShardMax: settings.privateConnectionsMax,
      fullError: fullError('block on this shard', 'private-connections-max'),
    }),
    watchPool: new PrivatePool({
      ...kept,
      perShardMax: settings.watchConnectionsMax,
      fullError: fullError('watch keys of this shard', 'watch-connections-max'),
    }),
  };
}

function fullError(what: string, setting: string): Uint8Array {
  return encode.errorReply(
    `TRYAGAIN As many clients ${what} as the proxy has connections for (${setting})`,
  );
}

function gaugesOf({ pool, watchPool }: Pools, blocking: Blocking): NamedReading[] {
  return [
    {
      name: 'blocked_clients',
      help: 'Clients that wait in a blocking command.',
      read: () => blocking.count,
    },
    {
      name: 'private_connections',
      help: 'Connections to servers for clients that block, idle ones among them.',
      read: () => pool.size,
    },
    {
      name: 'watch_connections',
      help: 'Connections to servers for clients that watch keys, idle ones among them.',
      read: () => watchPool.size,
    },
  ];
}
