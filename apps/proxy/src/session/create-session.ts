/** Transactions and blocking commands, wired together: what a client has beyond single requests. */
import type { Command } from '@keyfleet/commands';
import type { Clock } from '@keyfleet/runtime';
import type { NamedReading } from '../admin/metric.ts';
import type { Client } from '../downstream/client.ts';
import type { ClientActivity } from '../local/client-line.ts';
import type { Handlers, Router } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import type { ProxySettings } from '../settings.ts';
import type { Processes, UnblockOrder } from '../workers/processes.ts';
import { Blocking } from './blocking.ts';
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
};

export type Session = {
  readonly handlers: Handlers;
  /** Also for others who block a connection. */
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
  const pool = new PrivatePool({
    perShardMax: settings.privateConnectionsMax,
    idleMs: settings.serverIdleMs,
    monotonicMs,
  });
  const retrying = new Set<PrivateWay>();
  const way = { routing, pool, monotonicMs, retrying };
  const watches = new Watches(way);
  const transactions = new Transactions({
    router,
    handlerOf,
    limits: { commandsMax: transactionCommandsMax, bytesMax: transactionBytesMax },
    databases,
    watches,
    pool,
    scripts,
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
    gauges: gaugesOf(pool, blocking),
  };
}

function gaugesOf(pool: PrivatePool, blocking: Blocking): NamedReading[] {
  return [
    {
      name: 'blocked_clients',
      help: 'Clients that wait in a blocking command.',
      read: () => blocking.count,
    },
    {
      name: 'private_connections',
      help: 'Connections to servers for clients that block or watch keys, idle ones among them.',
      read: () => pool.size,
    },
  ];
}
