/** The data planes and listeners of this process: of the only one, or of a worker. */
import { systemClock, type Logger } from '@keyfleet/runtime';
import { Registry } from 'prom-client';
import { addLobbyMetrics } from '../admin/lobby-metrics.ts';
import { settingsOf, type ListenerConfig, type ProxyConfig } from '../config/proxy-config.ts';
import { listenerNames } from '../listeners/listener-name.ts';
import { Listeners, type Door, type Prepared } from '../listeners/listeners.ts';
import type { Account } from '../lobby/account.ts';
import { Lobby, LOBBY_LIMITS } from '../lobby/lobby.ts';
import { UserList } from '../lobby/user-list.ts';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import { refuse } from '../downstream/refuse.ts';
import { nodeTransport } from '../transport/node-transport.ts';
import type { DataPlanes, GoneCluster } from './data-planes.ts';
import { createLocalDataPlane, type LocalDataPlane, type Share } from './local-data-plane.ts';
import { clusterLog } from './cluster-log.ts';
import { shareOf as shareOfWorker } from './worker-share.ts';

/** How often passwords are read again, and guests are looked at. */
const REFRESH_MS = 1000;

export type LocalEnv = {
  readonly log: Logger;
  /** Other processes of this proxy listen on the same ports. */
  readonly isShared: boolean;
  /** What a worker says of the data plane of a cluster. */
  readonly shareOf?: (cluster: string) => Share;
  readonly onPlane?: (cluster: string, plane: LocalDataPlane) => void;
};

/** What a configuration needs that is not there yet. */
type Fresh = {
  readonly planes: ReadonlyMap<string, LocalDataPlane>;
  readonly users: ReadonlyMap<string, UserList>;
  /** Live settings of planes that stay. */
  readonly changes: readonly (() => void)[];
};

export class LocalDataPlanes implements DataPlanes {
  readonly registry = new Registry();
  readonly #env: LocalEnv;
  readonly #listeners: Listeners;
  readonly #lobby: Lobby;
  readonly #refresher: NodeJS.Timeout;
  readonly #draining = new Map<string, Promise<void>>();
  #config: ProxyConfig;
  #planes: ReadonlyMap<string, LocalDataPlane> = new Map();
  /** Of listeners, by their names. */
  #users: ReadonlyMap<string, UserList> = new Map();
  #isListening = false;
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(config: ProxyConfig, env: LocalEnv) {
    this.#config = config;
    this.#env = env;
    this.#listeners = new Listeners({ transport: nodeTransport, isShared: env.isShared });
    this.#lobby = new Lobby({
      limits: LOBBY_LIMITS,
      monotonicMs: systemClock.monotonicMs,
      admit: (connection, account) => this.#admit(connection, account),
    });
    addLobbyMetrics(this.registry, this.#lobby);
    this.#refresher = setInterval(() => this.#refresh(), REFRESH_MS);
  }

  /** Listens nowhere yet. Rejects with ConfigError for settings that cannot work here. */
  static async create(config: ProxyConfig, env: LocalEnv): Promise<LocalDataPlanes> {
    const planes = new LocalDataPlanes(config, env);
    try {
      planes.#become(config, await planes.#prepare(config));
      return planes;
    } catch (error) {
      await planes.stop();
      throw error;
    }
  }

  get planes(): ReadonlyMap<string, LocalDataPlane> {
    return this.#planes;
  }

  get ports(): ReadonlyMap<string, number> {
    return this.#listeners.ports;
  }

  /** `ports`: by the listener's name, where another process found one that was free. */
  listen(ports?: ReadonlyMap<string, number>): Promise<void> {
    return this.#inTurn(async () => {
      const opened = await this.#open(this.#config, this.#users, ports);
      this.#isListening = true;
      await opened.commit();
    });
  }

  reload(
    config: ProxyConfig,
    ports?: ReadonlyMap<string, number>,
  ): Promise<readonly GoneCluster[]> {
    return this.#inTurn(() => this.#reload(config, ports));
  }

  setLog(): void {
    // There are none.
  }

  async stop(): Promise<void> {
    clearInterval(this.#refresher);
    await this.#listeners.close();
    this.#lobby.close();
    await Promise.all([stopAll(this.#planes.values()), ...this.#draining.values()]);
  }

  async #reload(
    config: ProxyConfig,
    ports: ReadonlyMap<string, number> | undefined,
  ): Promise<readonly GoneCluster[]> {
    // Of a cluster that comes back, the former life ends first.
    for (const cluster of config.clusters.keys()) await this.#draining.get(cluster);
    const fresh = await this.#prepare(config);
    const former = this.#planes;
    // Whoever comes to a new listener finds its cluster.
    this.#planes = new Map([...former, ...fresh.planes]);
    let opened: Prepared | null = null;
    try {
      if (this.#isListening) opened = await this.#open(config, fresh.users, ports);
    } catch (error) {
      this.#planes = former;
      await stopAll(fresh.planes.values());
      throw error;
    }
    this.#become(config, fresh);
    await opened?.commit();
    const gone = [...former].filter(([cluster]) => !config.clusters.has(cluster));
    return gone.map(([cluster, plane]) => ({ cluster, drained: this.#drain(cluster, plane) }));
  }

  /** Rejects with ConfigError, and then nothing is left of it. */
  async #prepare(config: ProxyConfig): Promise<Fresh> {
    const users = await this.#openUsers(config);
    const changes = await this.#prepareChanges(config);
    const planes = new Map<string, LocalDataPlane>();
    try {
      for (const cluster of config.clusters.keys())
        if (!this.#planes.has(cluster))
          planes.set(cluster, await this.#createPlane(config, cluster));
    } catch (error) {
      await stopAll(planes.values());
      throw error;
    }
    return { planes, users, changes };
  }

  async #prepareChanges(config: ProxyConfig): Promise<(() => void)[]> {
    const changes: (() => void)[] = [];
    for (const [cluster, plane] of this.#planes) {
      if (!config.clusters.has(cluster)) continue;
      changes.push(await plane.prepareChange(shareOfWorker(settingsOf(config, cluster))));
    }
    return changes;
  }

  async #openUsers({ listeners }: ProxyConfig): Promise<Map<string, UserList>> {
    const names = listenerNames(listeners);
    const opened = new Map<string, UserList>();
    for (const [at, config] of listeners.entries())
      if ('users' in config)
        opened.set(names[at]!, await UserList.open(config.users, this.#env.log));
    return opened;
  }

  async #createPlane(config: ProxyConfig, cluster: string): Promise<LocalDataPlane> {
    const { log, shareOf = () => ({}), onPlane } = this.#env;
    const settings = shareOfWorker(settingsOf(config, cluster));
    const share = shareOf(cluster);
    const plane = await createLocalDataPlane(settings, clusterLog(log, config, cluster), share);
    onPlane?.(cluster, plane);
    return plane;
  }

  #open(
    { listeners }: ProxyConfig,
    users: ReadonlyMap<string, UserList>,
    ports?: ReadonlyMap<string, number>,
  ): Promise<Prepared> {
    const doorOf = (config: ListenerConfig, name: string): Door => {
      if (!('users' in config))
        return (connection) => this.#planes.get(config.cluster)!.accept(connection, null);
      const list = this.#users.get(name) ?? users.get(name)!;
      return (connection) => this.#lobby.accept(connection, list);
    };
    return this.#listeners.prepare(listeners, doorOf, ports);
  }

  /** Without a pause: nobody finds half of it. */
  #become(config: ProxyConfig, { planes, users, changes }: Fresh): void {
    const present = new Map([...this.#planes, ...planes]);
    this.#planes = new Map([...config.clusters.keys()].map((name) => [name, present.get(name)!]));
    for (const change of changes) change();
    this.#users = new Map(
      [...users].map(([name, list]) => {
        const known = this.#users.get(name);
        known?.become(list);
        return [name, known ?? list];
      }),
    );
    this.#config = config;
  }

  #drain(cluster: string, plane: LocalDataPlane): Promise<void> {
    const drained = plane.stop().finally(() => this.#draining.delete(cluster));
    this.#draining.set(cluster, drained);
    return drained;
  }

  #admit(connection: Connection, account: Account): ConnectionHandler {
    const plane = this.#planes.get(account.cluster);
    // Its listener is no more, and neither is the cluster.
    if (plane === undefined) return refuse(connection);
    return plane.accept(connection, account);
  }

  #refresh(): void {
    this.#lobby.sweep();
    for (const list of this.#users.values()) void list.refresh();
  }

  /** One change at a time. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => undefined);
    return done;
  }
}

async function stopAll(planes: Iterable<LocalDataPlane>): Promise<void> {
  await Promise.all([...planes].map((plane) => plane.stop()));
}
