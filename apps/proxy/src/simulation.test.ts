/**
 * The data path in a simulated network: clients with their own keys, three servers, and a seed that decides every cut of
 * bytes, every delay, every broken connection, every hold and every script that runs for long. Whatever happens, each
 * request gets one reply, in order; an acknowledged write is read back; a transaction is there as a whole, once, or not at
 * all; an error that says "not sent" is true. With every second seed what has a few bytes is large: replies come in parts,
 * requests go with their memory, memory is used again; and a client that has half a reply is cut off when the server is
 * lost. With every fourth replies are not waited for long. With every third the servers ask for passwords, and nothing comes before them; with every fifth clients may hold
 * next to nothing together.
 */
import { createLogger, loadSettings, shardPassword } from '@keyfleet/runtime';
import type { Credentials, CredentialSource } from './upstream/credentials.ts';
import { distributeSlots, type Hold } from '@keyfleet/topology';
import { describe, expect, it } from 'vitest';
import { createDataPath, type DataPath } from './data-path.ts';
import { proxySettings } from './settings.ts';
import { SimClient } from './testing/sim-client.ts';
import {
  randomFrom,
  SimConnection,
  SimServer,
  simTransport,
  type Random,
} from './testing/sim-network.ts';

const SHARDS = 3;
const SEEDS = 150;
const STEPS = 1200;

class World {
  readonly random: Random;
  nowMs = 0;
  version = 0;
  moves = 0;
  readonly #data = new Map<string, string>();
  readonly servers: SimServer[];
  #slots = distributeSlots(SHARDS);
  readonly upstreams: SimConnection[] = [];
  readonly clients: SimClient[] = [];
  readonly path: DataPath;
  #turns: (() => void)[] = [];
  #settling: Promise<void> = Promise.resolve();
  #sleeps: { untilMs: number; wake: () => void }[] = [];

  constructor(seed: number) {
    this.random = randomFrom(seed);
    const secret = seed % 3 > 0 ? null : `secret of ${seed}`;
    this.servers = Array.from({ length: SHARDS }, (_, i) => {
      const password = secret === null ? null : shardPassword(secret, `shard-${i}`);
      return new SimServer(`run${i}`, this.#data, password);
    });
    const argv = [
      '--configserver',
      'http://none:1',
      '--hold-queue-ms',
      '200',
      '--in-flight-max',
      '8',
      '--client-pending-max',
      '40',
      '--op-timeout-ms',
      seed % 4 > 0 ? '5000' : '20',
      '--max-memory',
      seed % 5 > 0 ? '536870912' : '4000',
    ];
    this.path = createDataPath(
      loadSettings(proxySettings, { argv, env: {} }),
      createLogger('sim', 'silent'),
      {
        transport: simTransport(this.servers, this.random, (connection) =>
          this.#opened(connection),
        ),
        atTurnEnd: (run) => this.#turns.push(run),
        ...(seed % 2 > 0 ? { large: { replyBytes: 8, requestBytes: 8, memoryBytes: 8 } } : {}),
        credentials: secret === null ? null : this.#credentials(secret),
        clock: {
          wallMs: () => this.nowMs,
          monotonicMs: () => this.nowMs,
          sleep: (ms) =>
            new Promise((wake) => this.#sleeps.push({ untilMs: this.nowMs + ms, wake })),
        },
      },
    );
    void this.publish([]);
    this.openGate();
    for (let i = 0; i < 4; i++) this.clients.push(this.#connect(`c${i}`));
  }

  publish(holds: Hold[]): Promise<void> {
    const shards = this.#slots.map((slots, i) => ({
      id: `shard-${i}`,
      slots,
      epoch: 1,
      primary: { id: `shard-${i}-0`, host: 'sim', port: i + 1, runId: `run${i}` },
      replicas: [],
    }));
    const settled = this.path.routing.apply({
      cluster: 'default',
      version: ++this.version,
      shards,
      holds,
    });
    // As ServiceGate does: a version is settled when all before it are.
    this.#settling = this.#settling.then(() => settled);
    return this.#settling;
  }

  openGate(): void {
    this.path.lease.validUntilMs = Infinity;
    this.path.routing.open();
  }

  lapse(): void {
    this.path.lease.generation++;
    this.path.lease.validUntilMs = -Infinity;
    this.path.routing.close(Buffer.from('-CLUSTERDOWN lapsed\r\n'));
  }

  step(withFaults: boolean): void {
    for (const client of this.clients) if (client.connection.isClosed) this.#reconnect(client);
    const action = this.random(withFaults ? 1000 : 900);
    if (action < 700) this.#deliver();
    else if (action < 860) this.#endTurn();
    else if (action < 900) this.#passTime(1 + this.random(10));
    else if (action < 985) this.clients[this.random(this.clients.length)]!.sendSome(this.random);
    else this.#fault();
  }

  isQuiet(): boolean {
    const connections = [...this.upstreams, ...this.clients.map((client) => client.connection)];
    // One that was closed in the last step connects again in the next.
    return (
      this.clients.every((client) => client.isAnswered && !client.connection.isClosed) &&
      connections.every((each) => !each.isBusy) &&
      // What the proxy asks by itself waits for its shard, too, and what was given up may be answered yet.
      this.path.routing.shards.every(
        (shard) => shard.parking.length === 0 && shard.pendingCount() === 0,
      )
    );
  }

  /** At the end of some turn; now and then the file cannot be read. */
  #credentials(secret: string): CredentialSource {
    const read = (shard: string): Promise<Credentials> =>
      new Promise((resolve, reject) => {
        this.#turns.push(() => {
          if (this.random(20) === 0) reject(new Error('no secret'));
          else resolve({ user: '', password: shardPassword(secret, shard) });
        });
      });
    return { isRenewed: false, read, refuse: () => undefined };
  }

  #fault(): void {
    const kind = this.random(16);
    const server = this.servers[this.random(SHARDS)]!;
    if (kind < 3) this.#breakOne();
    else if (kind === 3) void this.publish([this.#randomHold()]);
    else if (kind < 7) void this.publish([]);
    else if (kind === 7) this.lapse();
    else if (kind === 8) void this.#moveSlots();
    else if (kind === 9) server.beginScript(this.random);
    else if (kind === 10) server.endScript();
    else this.openGate();
  }

  #breakOne(): void {
    const open = this.upstreams.filter((connection) => !connection.isClosed);
    open[this.random(open.length || 1)]?.break(new Error('reset'));
  }

  #randomHold(): Hold {
    return {
      id: `h${this.version}`,
      shard: `shard-${this.random(SHARDS)}`,
      what: this.random(2) ? 'all' : 'writes',
      how: this.random(2) ? 'cut' : 'drain',
      drainMs: 30,
      ...(this.random(2) ? { slots: `${this.random(8000)}-${8000 + this.random(8000)}` } : {}),
    };
  }

  /** As the control plane does it: hold, wait until it is settled, flip; given up when another version came between. */
  async #moveSlots(): Promise<void> {
    const owners = 1 + this.random(SHARDS);
    const first = this.random(SHARDS);
    const holds = this.#slots.map((_, i): Hold => ({
      id: `m${i}`,
      shard: `shard-${i}`,
      what: 'all',
      how: 'drain',
      drainMs: 30,
    }));
    const settled = this.publish(holds);
    const { version } = this;
    await settled;
    if (this.version !== version) return;
    const ranges = distributeSlots(owners);
    this.#slots = this.#slots.map((_, i) => ranges[(i + first) % SHARDS] ?? '');
    this.moves++;
    void this.publish([]);
  }

  #deliver(): void {
    const all = [...this.upstreams, ...this.clients.map((client) => client.connection)];
    const busy = all.filter((connection) => connection.isBusy);
    busy[this.random(busy.length || 1)]?.deliver(this.random);
  }

  #endTurn(): void {
    for (const run of this.#turns.splice(0)) run();
  }

  #passTime(ms: number): void {
    this.nowMs += ms;
    for (const { wake } of this.#sleeps.filter(({ untilMs }) => untilMs <= this.nowMs)) wake();
    this.#sleeps = this.#sleeps.filter(({ untilMs }) => untilMs > this.nowMs);
    this.path.routing.sweep(this.nowMs);
  }

  #opened(connection: SimConnection): void {
    this.upstreams.push(connection);
    this.#turns.push(() => {
      if (!connection.isClosed) connection.handler.onOpen();
    });
  }

  #connect(name: string): SimClient {
    const client = new SimClient(name);
    this.#open(client);
    return client;
  }

  /** The proxy closed its connection: what it asked has an unknown outcome. */
  #reconnect(client: SimClient): void {
    client.onLost();
    this.#open(client);
  }

  #open(client: SimClient): void {
    const speaksResp3 = this.random(2) === 0;
    const far = { handler: undefined as SimConnection['handler'] | undefined };
    const handler: SimConnection['handler'] = {
      onOpen: () => undefined,
      onData: (bytes, length) => far.handler!.onData(bytes, length),
      onEnd: () => far.handler!.onEnd(),
      onDrain: () => far.handler!.onDrain(),
      onClose: (error) => far.handler!.onClose(error),
    };
    const connection = new SimConnection(handler, (bytes) => {
      if (client.connection === connection) client.onBytes(bytes);
    });
    client.connection = connection;
    far.handler = this.path.clients.accept(client.connection);
    if (speaksResp3) client.sayHello();
  }
}

describe('the data path under random faults', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', async (seed) => {
    const world = new World(seed);
    for (let i = 0; i < STEPS; i++) {
      world.step(true);
      // Promises of holds go on between steps.
      if (i % 16 === 0) await Promise.resolve();
    }
    void world.publish([]);
    world.openGate();
    for (const server of world.servers) server.endScript();
    for (let i = 0; i < 200_000 && !world.isQuiet(); i++) {
      world.step(false);
      if (i % 16 === 0) await Promise.resolve();
    }

    expect(world.clients.flatMap((client) => client.faults)).toEqual([]);
    expect(world.servers.map((server) => server.intrusions)).toEqual(world.servers.map(() => 0));
    expect(world.clients.map((client) => client.pendingText)).toEqual(world.clients.map(() => ''));
    const { clients, routing } = world.path;
    expect(clients.all().map((client) => [client.pendingCount, client.heldBytes])).toEqual(
      world.clients.map(() => [0, 0]),
    );
    expect(routing.shards.map((shard) => [shard.parking.length, shard.pendingCount()])).toEqual(
      routing.shards.map(() => [0, 0]),
    );
  });

  it('did everything that it is meant to cover', async () => {
    const answers = {
      acknowledged: 0,
      uncertain: 0,
      notSent: 0,
      busy: 0,
      cut: 0,
      shed: 0,
      moves: 0,
      transactions: 0,
    };
    for (let seed = 0; seed < SEEDS; seed++) {
      const world = new World(seed);
      for (let i = 0; i < STEPS; i++) {
        world.step(true);
        if (i % 16 === 0) await Promise.resolve();
      }
      answers.moves += world.moves;
      answers.shed += world.path.counters.clientsShed;
      for (const client of world.clients) {
        answers.acknowledged += client.counts.acknowledged;
        answers.uncertain += client.counts.uncertain;
        answers.notSent += client.counts.notSent;
        answers.busy += client.counts.busy;
        answers.transactions += client.counts.transactions;
        if (world.path.counters.clientsShed === 0) answers.cut += client.counts.cut;
      }
    }
    expect(answers.acknowledged).toBeGreaterThan(500);
    expect(answers.uncertain).toBeGreaterThan(20);
    expect(answers.notSent).toBeGreaterThan(20);
    expect(answers.busy).toBeGreaterThan(200);
    expect(answers.transactions).toBeGreaterThan(100);
    expect(answers.shed).toBeGreaterThan(20);
    expect(answers.cut).toBeGreaterThan(1);
    expect(answers.moves).toBeGreaterThan(5);
  });
});
