/**
 * The data path between clients and servers that are memory: a run brings bytes of all clients, ends the turn, brings the
 * servers' replies, and ends the turn. Requests are seen by servers that read and answer them once (`record`);
 * afterwards their replies come from the record, so that nearly all that a run takes is the proxy's.
 */
import { createLogger, loadSettings, systemClock } from '@keyfleet/runtime';
import { distributeSlots } from '@keyfleet/topology';
import { createDataPath, type DataPath } from '../data-path.ts';
import { proxySettings } from '../settings.ts';
import { copyBytes } from '../transport/blocks.ts';
import type { Connection, ConnectionHandler, Transport } from '../transport/transport.ts';
import type { UpstreamKind } from '../upstream/upstream-kind.ts';
import { SimServer } from './sim-network.ts';

/** More than a turn sends over one connection. */
const SENT_BYTES_MAX = 1 << 20;

export type Recorded = {
  /** By client. */
  readonly requests: readonly Buffer[];
  /** By server: all replies of the turn. */
  readonly replies: readonly Buffer[];
  /** By client: what it is answered. */
  readonly answers: readonly Buffer[];
};

type Server = { readonly connection: MemoryConnection; readonly read: (bytes: Buffer) => void };
type Client = { readonly connection: MemoryConnection; readonly handler: ConnectionHandler };

export class MemoryPath {
  /** What the servers have. */
  readonly data = new Map<string, string>();
  readonly #path: DataPath;
  readonly #servers: Server[] = [];
  readonly #clients: Client[];
  #turn: (() => void) | null = null;
  #replies: Buffer[] = [];

  constructor(shardCount: number, clientCount: number, upstream: UpstreamKind = 'topology') {
    const argv = ['--upstream', upstream, '--configserver', 'http://none:1', '--seeds', 'none:1'];
    this.#path = createDataPath(
      loadSettings(proxySettings, { argv, env: {} }),
      createLogger('memory', 'silent'),
      {
        transport: this.#transport(),
        clock: systemClock,
        atTurnEnd: (run) => (this.#turn = run),
        credentials: null,
      },
    );
    this.#publish(shardCount);
    this.#clients = Array.from({ length: clientCount }, () => {
      const connection = new MemoryConnection();
      return { connection, handler: this.#path.clients.accept(connection) };
    });
  }

  record(requests: readonly Buffer[]): Recorded {
    this.#bring(requests);
    const replies = this.#replyAll();
    const answers = this.#clients.map(({ connection }) => connection.take());
    return { requests, replies, answers };
  }

  /** Whether as many bytes went each way as when it was recorded. */
  repeat({ requests, replies, answers }: Recorded): boolean {
    this.#bring(requests);
    for (let i = 0; i < replies.length; i++) {
      const { connection } = this.#servers[i]!;
      connection.sentBytes = 0;
      const bytes = replies[i]!;
      if (bytes.length > 0) connection.handler.onData(bytes, bytes.length);
    }
    this.#endTurn();
    let isSame = true;
    for (let i = 0; i < answers.length; i++) {
      const { connection } = this.#clients[i]!;
      isSame &&= connection.sentBytes === answers[i]!.length;
      connection.sentBytes = 0;
    }
    return isSame;
  }

  #bring(requests: readonly Buffer[]): void {
    for (let i = 0; i < requests.length; i++) {
      const bytes = requests[i]!;
      this.#clients[i]!.handler.onData(bytes, bytes.length);
    }
    this.#endTurn();
  }

  #replyAll(): Buffer[] {
    const all = this.#servers.map(({ connection, read }) => {
      this.#replies = [];
      read(connection.take());
      const replies = Buffer.concat(this.#replies);
      if (replies.length > 0) connection.handler.onData(replies, replies.length);
      return replies;
    });
    this.#endTurn();
    return all;
  }

  #endTurn(): void {
    for (let run = this.#turn; run !== null; run = this.#turn) {
      this.#turn = null;
      run();
    }
  }

  #publish(shardCount: number): void {
    const shards = distributeSlots(shardCount).map((slots, i) => ({
      id: `shard-${i}`,
      slots,
      epoch: 1,
      primary: { id: `run${i}`, host: 'memory', port: i + 1, runId: `run${i}` },
      replicas: [],
    }));
    const { lease, routing } = this.#path;
    void routing.apply({ cluster: 'default', version: 1, shards, holds: [] });
    lease.validUntilMs = Infinity;
    routing.open();
    for (const { connection } of this.#servers) connection.handler.onOpen();
    this.#endTurn();
    this.#replyAll();
    if (!routing.shards.every((shard) => shard.isReachable()))
      throw new Error('Cannot connect to the servers in memory: their identity was not accepted');
  }

  #transport(): Transport {
    return {
      connect: ({ port }, handler) => {
        const connection = new MemoryConnection();
        connection.handler = handler;
        const server = new SimServer(`run${port - 1}`, this.data, null);
        const read = server.reader((reply) => this.#replies.push(Buffer.from(reply)));
        this.#servers.push({ connection, read });
        return connection;
      },
      listen: () => Promise.reject(new Error('Cannot listen: clients in memory are accepted')),
    };
  }
}

/** Keeps what the proxy writes; the far end speaks through `handler`. */
class MemoryConnection implements Connection {
  readonly remoteAddress = 'memory:1';
  readonly localAddress = '';
  readonly descriptor = -1;
  readonly unsentBytes = 0;
  readonly #sent = Buffer.alloc(SENT_BYTES_MAX);
  sentBytes = 0;
  handler!: ConnectionHandler;

  write(bytes: Uint8Array, start: number, end: number): void {
    copyBytes(bytes, start, end, this.#sent, this.sentBytes);
    this.sentBytes += end - start;
  }

  take(): Buffer {
    const taken = Buffer.from(this.#sent.subarray(0, this.sentBytes));
    this.sentBytes = 0;
    return taken;
  }

  pause(): void {
    throw new Error('Cannot pause: what a turn brings is read at once');
  }

  resume(): void {
    throw new Error('Cannot resume: nothing is paused');
  }

  end(): void {
    throw new Error('Cannot end: connections in memory stay');
  }

  destroy(): void {
    throw new Error('Cannot destroy: connections in memory stay');
  }
}
