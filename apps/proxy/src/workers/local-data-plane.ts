/** The data path of one cluster in this process, with its gate and its own watch over the lease. */
import { systemClock, type Logger } from '@keyfleet/runtime';
import type { Topology } from '@keyfleet/topology';
import type { Registry } from 'prom-client';
import { slowView, type SlowView } from '../admin/slow-view.ts';
import { clientView, type ClientView } from '../admin/client-view.ts';
import { createMetrics } from '../admin/metrics.ts';
import { Readiness } from '../admin/readiness.ts';
import type { Account } from '../lobby/account.ts';
import { createDataPath, type DataPath, type Surroundings } from '../data-path.ts';
import { errors } from '../route/replies.ts';
import type { ProxySettings } from '../settings.ts';
import { ServiceGate } from '../topology/service-gate.ts';
import type { Trouble } from '../topology/trouble-log.ts';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import { isWallAhead } from '../upstream/lease.ts';
import { openCredentials } from '../upstream/open-credentials.ts';
import { RenewedCredentials } from '../upstream/renewed-credentials.ts';
import { ReplaceableCredentials } from '../upstream/replaceable-credentials.ts';
import { openServerAccess } from '../upstream/server-access.ts';
import type { DataPlane, LeaseGrant } from './data-plane.ts';

/** How often the lease, deadlines, reconnects and idle connections are looked at. */
const SWEEP_MS = 50;

/** What a process that serves alone need not say. */
export type Share = Pick<Surroundings, 'clientIdsAfter' | 'processesOf' | 'run'>;

/** Throws ConfigError for settings that cannot work here. */
export async function createLocalDataPlane(
  settings: ProxySettings,
  log: Logger,
  share: Share = {},
): Promise<LocalDataPlane> {
  const access = await openServerAccess(settings, systemClock);
  const credentials = access.credentials && new ReplaceableCredentials(access.credentials);
  const path = createDataPath(settings, log, {
    ...{ transport: access.transport, credentials },
    clock: systemClock,
    atTurnEnd: setImmediate,
    onStale: (because) => plane.onStale(because),
    ...share,
  });
  const { routing } = path;
  if (credentials !== null)
    routing.followers.push(new RenewedCredentials(credentials, () => routing.shards));
  const plane = new LocalDataPlane(settings, { path, credentials }, log);
  return plane;
}

type Served = { readonly path: DataPath; readonly credentials: ReplaceableCredentials | null };

export class LocalDataPlane implements DataPlane {
  lapses = 0;
  onSettled: () => void = () => undefined;
  onStale: (because: string) => void = () => undefined;
  /** Some times a second. */
  onSwept: () => void = () => undefined;
  readonly registry: Registry;
  readonly #settings: ProxySettings;
  readonly #log: Logger;
  readonly #path: DataPath;
  readonly #credentials: ReplaceableCredentials | null;
  readonly #gate: ServiceGate;
  readonly #readiness: Readiness;
  readonly #sweeper: NodeJS.Timeout;
  #isLeased = false;
  #isDraining = false;

  constructor(settings: ProxySettings, { path, credentials }: Served, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    this.#path = path;
    this.#credentials = credentials;
    this.#gate = new ServiceGate(path.routing, log);
    this.#gate.onSettled = () => this.onSettled();
    this.#readiness = new Readiness({
      routing: path.routing,
      isDraining: () => this.#isDraining,
    });
    this.registry = createMetrics(path);
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  get topology(): Topology | null {
    return this.#path.routing.topology;
  }

  get appliedVersion(): number {
    return this.#gate.appliedVersion;
  }

  get isServing(): boolean {
    return this.#gate.isServing;
  }

  /** `account`: who it is, where its listener asks. */
  accept(connection: Connection, account: Account | null): ConnectionHandler {
    return this.#path.clients.accept(connection, account);
  }

  /** Resolves when it stands with its clients as other processes do with theirs. */
  joinOthers(): Promise<void> {
    return new Promise((resolve) => this.#path.joinOthers(resolve));
  }

  /** Resolves with what has live settings take effect; rejects with ConfigError for those that cannot work here. */
  async prepareChange(settings: ProxySettings): Promise<() => void> {
    const credentials = this.#credentials && (await openCredentials(settings, systemClock));
    return () => {
      if (credentials !== null) this.#credentials?.become(credentials);
      this.#path.change(settings);
    };
  }

  grant({ validUntilMs, wallAheadMaxMs, version }: LeaseGrant): void {
    const { lease } = this.#path;
    lease.validUntilMs = validUntilMs;
    lease.wallAheadMaxMs = wallAheadMaxMs;
    // It may have been on its way for long.
    if (this.#isOver()) return;
    this.#isLeased = true;
    this.#gate.leased(version);
  }

  lapse(): void {
    if (!this.#isLeased) return;
    const { lease } = this.#path;
    this.#isLeased = false;
    this.lapses++;
    lease.validUntilMs = -Infinity;
    lease.generation++;
    this.#gate.lapsed();
  }

  apply(topology: Topology): void {
    this.#gate.apply(topology);
  }

  remember(topology: Topology, mayServe: boolean): void {
    this.#gate.remember(topology, mayServe);
  }

  forget(): void {
    this.#gate.forget();
  }

  takeTrouble(): Trouble[] {
    return this.#path.trouble.take();
  }

  notReadyBecause(): string | null {
    return this.#readiness.notReadyBecause();
  }

  clients(): Promise<ClientView[]> {
    const { clients, activityOf } = this.#path;
    const nowMs = systemClock.monotonicMs();
    const views = clients.all().map((client) => clientView(client, activityOf(client), nowMs));
    return Promise.resolve(views);
  }

  slowLog(): Promise<SlowView[]> {
    return Promise.resolve(this.#path.slowLog.newest(Infinity).map(slowView));
  }

  async stop(): Promise<void> {
    this.#isDraining = true;
    const drained = this.#path.clients.drain(this.#settings.drainMs);
    this.#path.onDraining();
    await drained;
    // Nothing may leave any more when the session is given back.
    this.#path.routing.close(errors.leaseLapsed);
    clearInterval(this.#sweeper);
  }

  /**
   * The session watches the lease too, to open another one. Here it is watched for a process whose session is in
   * another one: that may hang.
   */
  #sweep(): void {
    if (this.#isLeased && this.#isOver()) {
      this.#path.counters.leaseRunOuts++;
      this.#log.warn('lease over before it was told so');
      this.lapse();
    }
    const nowMs = systemClock.monotonicMs();
    this.#path.recent.nowMs = nowMs;
    this.#path.routing.sweep(nowMs);
    this.onSwept();
  }

  #isOver(): boolean {
    const { lease } = this.#path;
    const nowMs = systemClock.monotonicMs();
    return nowMs >= lease.validUntilMs || isWallAhead(lease, systemClock, nowMs);
  }
}
