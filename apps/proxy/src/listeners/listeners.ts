/**
 * The sockets on which clients come. Each connection goes through the door of its listener, which is another one after a
 * reload that changed where it leads; those that came through the former stay where they are.
 */
import type { ListenerConfig } from '../config/proxy-config.ts';
import type { Connection, ConnectionHandler, Listener, Transport } from '../transport/transport.ts';
import { listenerNames } from './listener-name.ts';

export type Door = (connection: Connection) => ConnectionHandler;

export type ListenersEnv = {
  readonly transport: Pick<Transport, 'listen'>;
  /** Other processes listen there too. */
  readonly isShared: boolean;
};

type Open = { readonly listener: Listener; door: Door };

/** Either of the two is called, once. */
export type Prepared = {
  /** From now on there are these listeners and no others. */
  readonly commit: () => Promise<void>;
  readonly undo: () => Promise<void>;
};

export class Listeners {
  readonly #env: ListenersEnv;
  #open: ReadonlyMap<string, Open> = new Map();

  constructor(env: ListenersEnv) {
    this.#env = env;
  }

  /** By name, in the order of the configuration. */
  get ports(): ReadonlyMap<string, number> {
    return new Map([...this.#open].map(([name, { listener }]) => [name, listener.port]));
  }

  /**
   * Opens what is not open yet; rejects with the system's error, and then nothing changed. `ports`: by the listener's name,
   * where another process found one that was free.
   */
  async prepare(
    configs: readonly ListenerConfig[],
    doorOf: (config: ListenerConfig, name: string) => Door,
    ports: ReadonlyMap<string, number> = new Map(),
  ): Promise<Prepared> {
    const names = listenerNames(configs);
    const wanted = new Map(configs.map((config, at) => [names[at]!, config]));
    const fresh = new Map<string, Open>();
    const undo = (): Promise<void> => closeAll(fresh.values());
    try {
      for (const [name, { bind, port }] of wanted) {
        if (this.#open.has(name)) continue;
        const at = { host: bind, port: ports.get(name) ?? port };
        fresh.set(name, await this.#listen(at, doorOf(wanted.get(name)!, name)));
      }
    } catch (error) {
      await undo();
      throw error;
    }
    const commit = async (): Promise<void> => {
      const former = this.#open;
      const next = new Map<string, Open>();
      for (const [name, config] of wanted) {
        const open = former.get(name) ?? fresh.get(name)!;
        open.door = doorOf(config, name);
        next.set(name, open);
      }
      this.#open = next;
      await closeAll([...former].filter(([name]) => !next.has(name)).map(([, open]) => open));
    };
    return { commit, undo };
  }

  async close(): Promise<void> {
    await closeAll(this.#open.values());
  }

  async #listen(at: { host: string; port: number }, door: Door): Promise<Open> {
    const { transport, isShared } = this.#env;
    const open: { listener: Listener | null; door: Door } = { listener: null, door };
    open.listener = await transport.listen({ ...at, isShared }, (connection) =>
      open.door(connection),
    );
    return open as Open;
  }
}

async function closeAll(open: Iterable<Open>): Promise<void> {
  await Promise.all([...open].map(({ listener }) => listener.close()));
}
