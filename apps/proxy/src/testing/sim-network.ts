/**
 * A network inside the test: connections are byte queues, and the test's seed decides which bytes arrive when, how they
 * are cut, and which connection breaks. A request that is still on its way when its connection breaks may be carried
 * out all the same, later, with nobody to hear the reply: that is what makes an outcome unknown.
 */
import { decodeReply, encode, encodeReply, RequestFramer, type Reply } from '@keyfleet/resp';
import type { Connection, ConnectionHandler, Transport } from '../transport/transport.ts';

export type Random = (below: number) => number;

/** Mulberry32: small, and good enough to shuffle a schedule. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What the far end's kernel takes before it reads. */
const KERNEL_BYTES = 500;

/** One end is the proxy's (`handler` hears it), the other is whatever `onBytes` is. */
export class SimConnection implements Connection {
  readonly remoteAddress = 'sim:1';
  readonly localAddress = 'sim:2';
  readonly descriptor = -1;
  isPaused = false;
  isClosed = false;
  readonly handler: ConnectionHandler;
  readonly #onBytes: (bytes: Buffer) => void;
  #toProxy: Buffer = Buffer.alloc(0);
  #fromProxy: Buffer = Buffer.alloc(0);
  #isEnding = false;

  constructor(handler: ConnectionHandler, onBytes: (bytes: Buffer) => void) {
    this.handler = handler;
    this.#onBytes = onBytes;
  }

  get unsentBytes(): number {
    return Math.max(0, this.#fromProxy.length - KERNEL_BYTES);
  }

  get isBusy(): boolean {
    const mayHear = this.#toProxy.length > 0 || this.#isEnding;
    return this.#fromProxy.length > 0 || (mayHear && !this.isClosed);
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    this.#fromProxy = Buffer.concat([this.#fromProxy, bytes.subarray(start, end)]);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.#isEnding = true;
  }

  destroy(): void {
    this.break(undefined);
  }

  /** From the far end. */
  send(bytes: Uint8Array): void {
    this.#toProxy = Buffer.concat([this.#toProxy, bytes]);
  }

  /** The proxy hears that it is gone; what the proxy sent is still delivered. */
  break(error: Error | undefined): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.handler.onClose(error);
  }

  /** Moves some bytes, one way or the other. */
  deliver(random: Random): void {
    const isInward = random(2) === 0 && !this.isPaused && !this.isClosed;
    const queue = isInward ? this.#toProxy : this.#fromProxy;
    const count = Math.min(queue.length, 1 + random(random(4) === 0 ? 10_000 : 40));
    if (count === 0) return this.#endIfSent();
    if (isInward) {
      this.#toProxy = queue.subarray(count);
      // A copy that is spoiled afterwards: bytes are only lent for the call. Behind them lies what is not theirs.
      const bytes = Buffer.alloc(count + 8, '$1\r\n');
      queue.copy(bytes, 0, 0, count);
      this.handler.onData(bytes, count);
      bytes.fill(0x21);
    } else {
      this.#fromProxy = queue.subarray(count);
      this.#onBytes(Buffer.from(queue.subarray(0, count)));
    }
  }

  #endIfSent(): void {
    if (this.#isEnding && this.#fromProxy.length === 0) this.break(undefined);
  }
}

const BUSY = encode.errorReply('BUSY a script runs');
const ABORT = encode.errorReply('EXECABORT Transaction discarded because of previous errors.');
/** What a server that runs a script still does. */
const HEARD_WHILE_BUSY = new Set(['AUTH', 'HELLO', 'MULTI']);

/** What is asked of a replica. */
const AS_REPLICA = 'role:slave\r\nmaster_link_status:up\r\nslave_repl_offset:1\r\n';

type Read = (bytes: Buffer) => void;

/**
 * A server of one shard: a map of texts, and whatever a proxy asks at connect.
 * All servers share one map, so that slots can move without a copy.
 */
export class SimServer {
  readonly runId: string;
  /** Commands that came before the password that they need, and transactions of more than one client. */
  intrusions = 0;
  readonly #data: Map<string, string>;
  readonly #password: string | null;
  readonly #reads: Read[] = [];
  /** Whose bytes are not read while it runs. */
  #script: { readonly read: Read; readonly unread: Buffer[] } | null = null;

  constructor(runId: string, data: Map<string, string>, password: string | null) {
    this.runId = runId;
    this.#data = data;
    this.#password = password;
  }

  /** A far end of a connection: reads requests, executes each whole one, answers through `reply`. */
  reader(reply: (bytes: Uint8Array) => void): Read {
    const framer = new RequestFramer();
    let isKnown = this.#password === null;
    const execute = this.#session();
    const read: Read = (bytes) => {
      if (this.#script?.read === read) return void this.#script.unread.push(bytes);
      framer.push(bytes);
      while (framer.next()) {
        const request = decodeReply(framer.bytes, framer.start, framer.end) as string[];
        isKnown ||= request[0] === 'AUTH' && request[1] === this.#password;
        if (!isKnown) this.intrusions++;
        reply(isKnown ? execute(request) : encode.errorReply('NOAUTH'));
      }
      framer.keep();
    };
    this.#reads.push(read);
    return read;
  }

  /** Of some connection, which may be gone. */
  beginScript(random: Random): void {
    const read = this.#reads[random(this.#reads.length || 1)];
    if (read !== undefined) this.#script ??= { read, unread: [] };
  }

  endScript(): void {
    const { read, unread = [] } = this.#script ?? {};
    this.#script = null;
    for (const bytes of unread) read!(bytes);
  }

  /** One connection: what is between its MULTI and EXEC is done at once. */
  #session(): (request: string[]) => Uint8Array {
    let queued: string[][] | null = null;
    let isDoomed = false;
    return (request) => {
      const name = request[0]!.toUpperCase();
      const transaction = queued;
      const isRefused = this.#script !== null && !HEARD_WHILE_BUSY.has(name);
      isDoomed ||= isRefused;
      if (name === 'EXEC' && transaction !== null) {
        queued = null;
        return isDoomed ? ABORT : this.#transact(transaction);
      }
      if (isRefused) return BUSY;
      if (name === 'MULTI') [queued, isDoomed] = [[], false];
      if (name === 'MULTI' || transaction === null) return this.#execute(request);
      transaction.push(request);
      return encode.simpleString('QUEUED');
    };
  }

  #transact(transaction: readonly string[][]): Uint8Array {
    // The last argument says whose it is, and which of its transactions.
    if (new Set(transaction.map((each) => each.at(-1))).size > 1) this.intrusions++;
    return encode.array(transaction.map((each) => this.#execute(each)));
  }

  #execute([name, ...rest]: string[]): Uint8Array {
    const command = this.#commands[name!.toUpperCase()];
    return command ? command(rest) : encode.simpleString('OK');
  }

  readonly #commands: Record<string, (rest: string[]) => Uint8Array> = {
    ROLE: () => encodeReply(['master', 0, []], 2),
    /** MYID: in a Redis Cluster a server is known by it. */
    CLUSTER: () => encodeReply(this.runId, 2),
    INFO: () => encode.bulk(`redis_version:7.0.0\r\nrun_id:${this.runId}\r\n${AS_REPLICA}`),
    GET: ([key]) => encodeReply(this.#data.get(key!) ?? null, 2),
    MGET: (keys) =>
      encodeReply(
        keys.map((key): Reply => this.#data.get(key) ?? null),
        2,
      ),
    SET: (pairs) => this.#set(pairs),
    MSET: (pairs) => this.#set(pairs),
    APPEND: ([key, text]) => {
      this.#data.set(key!, (this.#data.get(key!) ?? '') + text!);
      return encode.integer(this.#data.get(key!)!.length);
    },
  };

  #set(pairs: string[]): Uint8Array {
    for (let i = 0; i < pairs.length; i += 2) this.#data.set(pairs[i]!, pairs[i + 1]!);
    return encode.simpleString('OK');
  }
}

/** A RESP3 server may push between any two replies. */
const PUSH = Buffer.from('>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n');

/** Connects to servers by their port; now and then a server pushes something. */
export function simTransport(
  servers: readonly SimServer[],
  random: Random,
  onConnection: (connection: SimConnection) => void,
): Transport {
  return {
    connect: ({ port }, handler) => {
      const connection: SimConnection = new SimConnection(handler, (bytes) => read(bytes));
      const read = servers[port - 1]!.reader((reply) => {
        if (connection.isClosed) return;
        if (random(10) === 0) connection.send(PUSH);
        connection.send(reply);
      });
      onConnection(connection);
      return connection;
    },
    listen: () =>
      Promise.reject(new Error('Cannot listen: clients of a simulation are accepted by hand')),
  };
}
