/**
 * The control connection to one server. A connection is bound to the run id that was read on it: it cannot outlive
 * the process behind it, so a command for (server, run id) that is sent on it reaches that life or nobody.
 * Therefore nothing is ever sent again by itself, and a lost connection is replaced only by the next look.
 */
import { Redis } from 'ioredis';
import type { Clock } from '@keyfleet/runtime';
import { parseServerInfo, type ServerInfo } from './server-info.ts';
import { strangerAt, type Owner } from './stranger.ts';

/** `password` null: whoever reaches the server may command it. */
export type Target = Owner & {
  readonly host: string;
  readonly port: number;
  readonly password: string | null;
};
/** What a look at a server gave: what it says of itself, or why it says nothing. */
export type Observation =
  | { readonly info: ServerInfo }
  /** `lastPid`: of the life that answered last. */
  | { readonly fault: string; readonly lastPid?: number };
type Command = readonly [name: string, ...args: string[]];

const CONNECT_TIMEOUT_MS = 1000;
const COMMAND_TIMEOUT_MS = 1500;
const CONNECTION_NAME = 'keyfleet-configserver';

/** The server did not do what it was told, or there is no connection to the life that was meant. */
class NodeError extends Error {
  readonly code = 'NODE';
}

type Connection = {
  readonly redis: Redis;
  runId: string | undefined;
  /** Why it broke: who waits for a reply is only told that it did. */
  lastError: Error | undefined;
};

export class NodeLink {
  readonly target: Target;
  readonly #clock: Clock;
  #connection: Connection | undefined;
  #look: Promise<Observation> | undefined;
  #lastPid: number | undefined;

  constructor(target: Target, clock: Clock) {
    this.target = target;
    this.#clock = clock;
  }

  /** Never rejects. A look that takes longer than `limitMs` goes on, and the next call may get its result. */
  async observe(limitMs: number): Promise<Observation> {
    this.#look ??= this.#readInfo().finally(() => (this.#look = undefined));
    const inTime = new AbortController();
    const timeUp = this.#clock
      .sleep(limitMs, inTime.signal)
      .then((): Observation => ({ fault: `no answer in ${limitMs} ms` }));
    try {
      const seen = await Promise.race([this.#look, timeUp]);
      if ('info' in seen || this.#lastPid === undefined) return seen;
      return { ...seen, lastPid: this.#lastPid };
    } finally {
      inTime.abort();
    }
  }

  /** Sends the commands in one write to the life `runId`; every one must succeed. */
  async execute(runId: string, commands: readonly Command[]): Promise<unknown[]> {
    const connection = this.#connection;
    if (!connection || connection.runId !== runId) {
      throw new NodeError(`Cannot command ${this.#name}: no connection to its run ${runId}`);
    }
    const batch = connection.redis.pipeline(
      commands.map(([name, ...args]) => [name.toLowerCase(), ...args]),
    );
    const replies = await batch.exec().catch((cause: unknown) => {
      this.#drop(connection);
      throw new NodeError(`Cannot command ${this.#name}: ${(cause as Error).message}`, { cause });
    });
    return (replies ?? []).map(([error, reply], at) => {
      if (!error) return reply;
      if (isTimeout(error)) this.#drop(connection);
      const message = `Cannot ${commands[at]![0]} at ${this.#name}: ${error.message}`;
      throw new NodeError(message, { cause: error });
    });
  }

  close(): void {
    if (this.#connection) this.#drop(this.#connection);
  }

  get #name(): string {
    return `${this.target.host}:${this.target.port}`;
  }

  async #readInfo(): Promise<Observation> {
    const connection = (this.#connection ??= this.#open());
    try {
      if (connection.redis.status === 'wait') await this.#greet(connection.redis);
      const text = await connection.redis.info('server', 'replication', 'persistence', 'keyspace');
      const info = parseServerInfo(text);
      const stranger = strangerAt(info.configFile, this.target);
      if (stranger !== null) throw new NodeError(stranger);
      connection.runId = info.runId;
      this.#lastPid = info.pid;
      return { info };
    } catch (error) {
      this.#drop(connection);
      return { fault: reasonOf(connection.lastError ?? error, this.target) };
    }
  }

  /** Says AUTH itself: as an option of the library, a server that takes no password would only be warned of. */
  async #greet(redis: Redis): Promise<void> {
    const { password } = this.target;
    await redis.connect();
    if (password !== null) await redis.call('auth', password);
    await redis.call('client', 'setname', CONNECTION_NAME);
  }

  #open(): Connection {
    const { host, port } = this.target;
    const redis = new Redis({
      host,
      port,
      protocol: 2,
      lazyConnect: true,
      enableOfflineQueue: false,
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      disableClientInfo: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    const connection: Connection = { redis, runId: undefined, lastError: undefined };
    redis.on('error', (error: Error) => (connection.lastError = error));
    redis.on('close', () => this.#drop(connection));
    return connection;
  }

  #drop(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.redis.disconnect();
  }
}

function isTimeout(error: Error): boolean {
  return error.message === 'Command timed out';
}

function reasonOf(error: unknown, { password }: Target): string {
  const { code, message } = error as { code?: string; message: string };
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (message.includes('without any password configured')) {
    return "takes no password, want the shard's";
  }
  if (/^(NOAUTH|WRONGPASS) /.test(message)) {
    return password === null
      ? 'asks for a password, and the cluster has none'
      : "refuses the shard's password";
  }
  return message.startsWith('Connection is closed') ? 'connection lost' : message;
}
