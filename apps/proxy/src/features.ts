/** Everything that a client can ask for and that is more than a request to one server, wired together. */
import type { Clock, Logger } from '@keyfleet/runtime';
import type { Counters } from './admin/counters.ts';
import type { NamedReading } from './admin/metric.ts';
import { clusterHandlers } from './cluster/cluster-commands.ts';
import { ProxyDirectory } from './cluster/proxy-directory.ts';
import type { Client } from './downstream/client.ts';
import type { ClientRegistry } from './downstream/client-registry.ts';
import { Gathers } from './gathers/gathers.ts';
import { IDLE_ACTIVITY, type ClientActivity } from './local/client-line.ts';
import { ClientPause } from './local/client-pause.ts';
import { Monitors } from './local/monitors.ts';
import { ClientQueries } from './local/client-queries.ts';
import { refuseNobody } from './local/refuse-nobody.ts';
import { localHandlers } from './local/local-handlers.ts';
import { ForeignCommands } from './modules/foreign-commands.ts';
import { joinOthers, processPart } from './process-part.ts';
import { Pubsub } from './pubsub/pubsub.ts';
import { readHandlers, takeForReads } from './reads/read-commands.ts';
import type { ReplicaReads } from './reads/replica-reads.ts';
import type { Handler, Handlers, Router, RouterEnv } from './route/router.ts';
import { KEYLESS_SLOT, type Routing } from './route/routing.ts';
import { takeInModes, type TakeInMode } from './session/modes.ts';
import { createSession, type Session } from './session/create-session.ts';
import { ScriptCommands } from './scripts/script-commands.ts';
import type { ProxySettings } from './settings.ts';
import type { SlowLog } from './slowlog/slow-log.ts';
import type { Turn } from './turn.ts';
import type { OwnInfo } from './wide/info/info.ts';
import { ownInfo, sumOwnInfo } from './wide/info/own-info.ts';
import { KeptConfig } from './wide/kept-config.ts';
import { Tracking, type TrackingEnv } from './tracking/tracking.ts';
import { ShardCalls } from './wide/shard-calls.ts';
import { Waits } from './wide/waits.ts';
import { wideHandlers } from './wide/wide-handlers.ts';
import type { ProxyRun } from './workers/proxy-run.ts';
import type { ProcessPart, Processes } from './workers/processes.ts';

export type FeatureEnv = {
  readonly settings: ProxySettings;
  readonly routing: Routing;
  readonly clock: Clock;
  /** There are none before the features are wired. */
  readonly clients: () => ClientRegistry;
  /** Made after the features that it has handlers of. */
  readonly router: () => Router;
  readonly turn: Turn;
  readonly log: Logger;
  readonly counters: Counters;
  readonly slowLog: SlowLog;
  readonly reads: ReplicaReads;
  /** For the memory budget: bytes that are kept, beyond those that were read. */
  readonly noteRead: (bytes: number) => void;
  /** What the servers behind the proxy say they are. */
  readonly serverVersion: () => string;
  readonly processesOf: (part: ProcessPart) => Processes;
  readonly run: ProxyRun;
};

export type Features = {
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly takeInMode: TakeInMode;
  readonly takeCrossSlot: RouterEnv['takeCrossSlot'];
  readonly findForeign: RouterEnv['findForeign'];
  /** Its request waited for its shard and got an error. */
  readonly onUnserved: (client: Client) => void;
  readonly onLeft: (client: Client) => void;
  /** The proxy stops, and waits for what is pending. */
  readonly onDraining: () => void;
  /** It is to stand with its clients as the other processes do with theirs, and then calls `then`. */
  readonly joinOthers: (then: () => void) => void;
  readonly activityOf: (client: Client) => ClientActivity;
  readonly gauges: readonly NamedReading[];
};

export function createFeatures(env: FeatureEnv): Features {
  const { settings, clock, clients, serverVersion, processesOf, reads } = env;
  const { monotonicMs } = clock;
  const pause = new ClientPause(clients, clock, (client) => session.queuedBy(client));
  const activityOf = activityIn(() => [session, pubsub, tracking, waits]);
  const calls = new ShardCalls({ ...env, monotonicMs });
  const parts = () => ({ ...common, queries, pause, session, waits, monitors, pubsub });
  const processes: Processes = processesOf(processPart(parts));
  const pubsub = new Pubsub({ ...env, monotonicMs, calls, processes });
  const tracking = new Tracking(trackingEnv({ ...env, processes }, () => session));
  const stepsOf = (client: Client) => session.stepsOf(client);
  const monitors = new Monitors({ ...env, ...clock, stepsOf, processes });
  const end = (client: Client): void => {
    for (const part of [session, pubsub, waits, tracking, reads]) part.end(client);
    monitors.stop(client);
  };
  const queries = new ClientQueries({ clients: () => clients().all(), activityOf, monotonicMs });
  const local = localHandlers({
    ...{ calls, queries, processes, serverVersion },
    onReset: (client) => {
      end(client);
      client.mute(0);
    },
    ...{ databases: settings.databases, isRedisCluster: env.routing.traits.redirects },
    busyError: () => env.routing.busyError(KEYLESS_SLOT),
  });
  const scripts = new ScriptCommands({ ...env, ...clock, calls });
  const session: Session = createSession({
    ...{ ...env, scripts, pubsub, processes },
    handlerOf: (name) => handlers.get(name)!,
  });
  const waits = waitsOf(env, session);
  const common = { ...env, processes, own: ownInfoOf(env, { session, waits, tracking }) };
  const handlers: Map<string, Handler> = new Map([
    ...local,
    ...wideCommands(env, calls, processes),
    ...scripts.handlers(),
    ['monitor', (client: Client) => monitors.start(client)],
    ...clusterHandlers(new ProxyDirectory({ ...settings, monotonicMs }), calls),
    ...session.handlers,
    ...waits.handlers(),
    ...pubsub.handlers(),
    ...tracking.handlers(),
    ...readHandlers(reads),
  ]);
  return {
    handlers,
    ...beyondTheTable(env),
    takeInMode: modesOf({ session, pubsub, pause, tracking, monitors, reads }),
    onUnserved: session.onUnserved,
    onLeft: end,
    activityOf,
    onDraining: () => {
      session.endBlocked();
      waits.endAll();
    },
    joinOthers: (then) => joinOthers(processes, { pause, monitors }, then),
    gauges: [...session.gauges, ...pubsub.gauges(), ...tracking.gauges()],
  };
}

type Active = { readonly activityOf: (client: Client) => Partial<ClientActivity> };

function activityIn(parts: () => readonly Active[]): (client: Client) => ClientActivity {
  return (client) =>
    parts().reduce((all, part) => ({ ...all, ...part.activityOf(client) }), IDLE_ACTIVITY);
}

type Moded = {
  readonly session: Session;
  readonly pubsub: Pubsub;
  readonly pause: ClientPause;
  readonly tracking: Tracking;
  readonly monitors: Monitors;
  readonly reads: ReplicaReads;
};

function modesOf({ session, pubsub, pause, tracking, monitors, reads }: Moded): TakeInMode {
  return takeInModes({
    nobody: refuseNobody,
    queueing: session.queueing,
    subscribed: pubsub.take,
    paused: (client, command) => pause.take(client, command),
    tracking: (client, command) => tracking.take(client, command),
    reads: (client, command) => takeForReads(reads, client, command),
    monitored: (client, command) => monitors.show(client, command),
  });
}

/** What the table alone does not tell the router how to do. */
function beyondTheTable(env: FeatureEnv): Pick<Features, 'findForeign' | 'takeCrossSlot'> {
  const { settings, routing, clock, serverVersion } = env;
  const { monotonicMs } = clock;
  const foreign = new ForeignCommands({ routing, monotonicMs });
  const gathers = new Gathers({
    ...{ routing, monotonicMs, serverVersion },
    names: settings.gathers,
    limits: { elementsMax: settings.gatherElementsMax, bytesMax: settings.gatherBytesMax },
  });
  return {
    findForeign: (client) => foreign.find(client),
    takeCrossSlot: (...request) => gathers.take(...request),
  };
}

type Counted = { readonly session: Session; readonly waits: Waits; readonly tracking: Tracking };

function ownInfoOf(env: FeatureEnv, { session, waits, tracking }: Counted): () => OwnInfo {
  const { clock, clients, run } = env;
  const startedAtMs = clock.monotonicMs();
  return ownInfo({
    ...env,
    runId: run.runId,
    uptimeMs: () => run.upMs + clock.monotonicMs() - startedAtMs,
    clientCount: () => clients().size,
    blockedCount: () => session.blockedCount() + waits.count,
    trackingCounts: () => tracking.counts(),
  });
}

function wideCommands(env: FeatureEnv, calls: ShardCalls, processes: Processes): Handlers {
  const { settings, clock } = env;
  return wideHandlers({
    ...{ calls, settings, processes },
    kept: new KeptConfig({ ...env, ...clock }),
    random: Math.random,
    sleep: clock.sleep,
    askOwnInfo: () =>
      new Promise((resolve) => processes.ask('ownInfo', null, (all) => resolve(sumOwnInfo(all)))),
  });
}

function waitsOf({ settings, routing, clock }: FeatureEnv, { pool, unblocker }: Session): Waits {
  const { monotonicMs } = clock;
  const silenceMs = settings.serverSilenceMs;
  return new Waits({ routing, pool, unblocker, monotonicMs, silenceMs });
}

function trackingEnv(
  { settings, clock, clients, ...env }: FeatureEnv & { readonly processes: Processes },
  session: () => Session,
): TrackingEnv {
  return {
    ...env,
    ...clock,
    stepsOf: (client) => session().stepsOf(client),
    isWatching: (client) => session().activityOf(client).watchedKeys > 0,
    clients: () => clients().all(),
    bytesMax: settings.trackingBytesMax,
    ownMax: settings.trackingNoloopMax,
    unreadBytesMax: settings.subscriberOutputBytesMax,
  };
}
