import { createLogger, loadSettings } from '@keyfleet/runtime';
import { encodeCommand } from '@keyfleet/resp';
import { distributeSlots, type Hold, type TopologyShard } from '@keyfleet/topology';
import { describe, expect, it } from 'vitest';
import { createDataPath, type DataPath } from '../data-path.ts';
import { proxySettings } from '../settings.ts';
import { randomFrom, SimConnection, SimServer } from '../testing/sim-network.ts';
import { errors } from './replies.ts';

/** A data path before a Redis Cluster whose nodes, told by their ports, the test silences. */
class World {
  readonly path: DataPath;
  readonly silent = new Set<number>();
  /** What all servers answer to whatever. */
  answer: string | null = null;
  readonly servers: (SimConnection & { port: number })[] = [];
  readonly data = new Map<string, string>();
  #nowMs = 1000;
  #version = 0;
  readonly #turns: (() => void)[] = [];
  readonly #ends: SimConnection[] = [];
  readonly #random = randomFrom(1);

  constructor() {
    const argv = ['--upstream', 'redis-cluster', '--seeds', 'none:1', '--reads', 'replica'];
    const nowMs = (): number => this.#nowMs;
    this.path = createDataPath(
      loadSettings(proxySettings, { argv, env: {} }),
      createLogger('test', 'silent'),
      {
        transport: {
          connect: ({ port }, handler) => {
            const read = new SimServer(`node-${port}`, this.data, null).reader((reply) => {
              if (!this.silent.has(port))
                connection.send(this.answer === null ? reply : Buffer.from(this.answer));
            });
            const connection: SimConnection = new SimConnection(handler, read);
            this.#ends.push(connection);
            this.servers.push(Object.assign(connection, { port }));
            setImmediate(() => handler.onOpen());
            return connection;
          },
        },
        clock: { wallMs: nowMs, monotonicMs: nowMs, sleep: () => Promise.resolve() },
        atTurnEnd: (run) => this.#turns.push(run),
        credentials: null,
      },
    );
    this.path.lease.validUntilMs = Infinity;
    this.path.routing.open();
  }

  /** As many shards as `slots`, with the primaries at ports 1, 2 ... and the replicas at 11, 12 ... */
  async publish(slots: readonly string[], holds: Hold[] = []): Promise<void> {
    const shards = slots.map((of, i): TopologyShard => {
      const primary = { id: `node-${i + 1}`, host: 'sim', port: i + 1, runId: '' };
      const replica = {
        id: `node-${i + 11}`,
        host: 'sim',
        port: i + 11,
        runId: '',
        readable: true,
      };
      return { id: `shard-${i}`, slots: of, epoch: 0, primary, replicas: [replica] };
    });
    const version = ++this.#version;
    await this.path.routing.apply({ cluster: 'default', version, shards, holds });
    await this.settle();
  }

  connect(): { readonly said: () => string; send(...command: string[]): void } {
    let said = '';
    const end = new SimConnection(
      { onOpen() {}, onData() {}, onEnd() {}, onDrain() {}, onClose() {} },
      (bytes) => (said += bytes.toString()),
    );
    this.#ends.push(end);
    const handler = this.path.clients.accept(end);
    return {
      said: () => said,
      send: (...command) => {
        const bytes = encodeCommand(command);
        handler.onData(bytes, bytes.length);
      },
    };
  }

  /** All that can go on without time goes on. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      for (let run = this.#turns.shift(); run !== undefined; run = this.#turns.shift()) run();
      for (const end of this.#ends)
        while (end.isBusy) {
          quiet = 0;
          end.deliver(this.#random);
        }
    }
  }

  async wait(ms: number): Promise<void> {
    for (const untilMs = this.#nowMs + ms; this.#nowMs < untilMs; this.#nowMs += 100) {
      this.path.routing.sweep(this.#nowMs);
      await this.settle();
    }
  }
}

const DOWN = '-CLUSTERDOWN The cluster is down\r\n';
const ABORTED = '-EXECABORT Transaction discarded because of previous errors.\r\n';

describe('a write that is refused for now, ahead of a transaction about its key', () => {
  const begin = async () => {
    const world = new World();
    await world.publish(distributeSlots(1));
    world.silent.add(1);
    const client = world.connect();
    client.send('SET', 'foo', '1');
    client.send('MULTI');
    client.send('SET', 'foo', '2');
    client.send('EXEC');
    await world.settle();
    const tell = async (replies: string): Promise<void> => {
      world.servers[0]!.send(Buffer.from(replies));
      await world.settle();
      world.silent.clear();
      await world.wait(1000);
    };
    return { client, tell, world };
  };

  it('is not done behind it', async () => {
    const { client, tell, world } = await begin();
    await tell(`${DOWN}+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n`);
    expect(client.said()).toBe(`${DOWN}+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n`);
    expect(world.data.get('foo')).toBe('2');
  });

  it('goes again before it, if that was refused too', async () => {
    const { client, tell, world } = await begin();
    await tell(`${DOWN}+OK\r\n${DOWN}${ABORTED}`);
    expect(client.said()).toBe('+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n+OK\r\n');
    expect(world.data.get('foo')).toBe('2');
  });
});

describe('a shard that is no more', () => {
  it('owes no reply for ever, and keeps no connection', async () => {
    const world = new World();
    await world.publish(distributeSlots(2));
    world.silent.add(2);
    const client = world.connect();
    // Its slot is 12182.
    client.send('SET', 'foo', 'x');
    await world.settle();
    await world.publish(distributeSlots(1));
    expect(client.said()).toBe('');
    await world.wait(3000);
    expect(client.said()).toBe(Buffer.from(errors.unknownOutcome).toString());
    expect(world.servers.filter(({ isClosed }) => !isClosed)).toHaveLength(1);
  });
});

describe('a command that blocks', () => {
  it('is not told MOVED, however long nodes do not agree', async () => {
    const world = new World();
    await world.publish(distributeSlots(1));
    const client = world.connect();
    client.send('BLPOP', 'foo', '0');
    await world.settle();
    world.answer = '-MOVED 12182 nowhere:9\r\n';
    client.send('BLPOP', 'foo', '0');
    await world.wait(6000);
    expect(client.said()).toBe(`+OK\r\n${Buffer.from(errors.notAgreed).toString()}`);
  });
});

describe('a replica', () => {
  it('is asked again when a hold cut off what it was asked', async () => {
    const world = new World();
    await world.publish(distributeSlots(1));
    const client = world.connect();
    client.send('GET', 'foo');
    await world.wait(1500);
    const [reads] = world.path.reads.shards;
    expect(reads!.fitCount).toBe(1);
    world.silent.add(11);
    await world.wait(1000);
    await world.publish(distributeSlots(1), [
      { id: 'h', shard: 'shard-0', what: 'all', how: 'cut', drainMs: 0 },
    ]);
    world.silent.clear();
    await world.publish(distributeSlots(1));
    await world.wait(2500);
    expect(reads!.fitCount).toBe(1);
  });
});

describe('a slot that went on while a node was late to say so', () => {
  it('is not written to before its owner in between has answered', async () => {
    const world = new World();
    const serverAt = (port: number) => world.servers.find((server) => server.port === port)!;
    await world.publish(['0-5000', '5001-16383', '']);
    world.silent.add(2).add(3);
    const [late, client] = [world.connect(), world.connect()];
    late.send('SET', 'foo', '0');
    await world.settle();
    await world.publish(['0-5000', '5001-12000', '12001-16383']);
    client.send('SET', 'foo', '1');
    await world.settle();
    serverAt(2).send(Buffer.from('-MOVED 12182 sim:1\r\n'));
    await world.settle();
    client.send('SET', 'foo', '2');
    await world.settle();
    serverAt(3).send(Buffer.from('-MOVED 12182 sim:1\r\n'));
    await world.wait(1000);
    expect([late.said(), client.said()]).toEqual(['+OK\r\n', '+OK\r\n+OK\r\n']);
    expect(world.data.get('foo')).toBe('2');
  });
});
