/** A shard whose server is the test: it keeps what is sent to it until the test answers. */
import { Parking } from '../route/parking.ts';
import type { Routing } from '../route/routing.ts';
import type { Outgoing } from '../upstream/reply-sink.ts';
import { traitsOf } from '../upstream/upstream-kind.ts';
import type { PrivateOwner } from '../upstream/private-owner.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';

const LIMITS = { holdQueueMs: 2500, holdQueueMax: 10, holdQueueBytesMax: 10_000 };

type FakeRouting = {
  readonly gate: { isOpen: boolean };
  readonly owners: Int16Array;
  readonly routing: Routing;
};

/** One slot, which the first of `shards` owns. */
export function fakeRouting(shards: readonly FakeShard[]): FakeRouting {
  const gate = { isOpen: true };
  const fake = {
    ...{ shards, owners: new Int16Array(1), closedError: null, mayPass: () => gate.isOpen },
    traits: traitsOf('topology'),
  };
  return { gate, owners: fake.owners, routing: fake as unknown as Routing };
}

export class FakeShard {
  readonly parking = new Parking(LIMITS);
  readonly connections: FakeConnection[] = [];
  target = { runId: 'first' };
  isReady = true;
  isAway = false;
  busyError: Uint8Array | null = null;

  get life(): string {
    return this.target.runId;
  }

  get asShard(): ShardUpstream {
    return this as unknown as ShardUpstream;
  }

  get last(): FakeConnection {
    return this.connections.at(-1)!;
  }

  openPrivate(_class: number, owner: PrivateOwner): UpstreamConnection | null {
    if (this.isAway) return null;
    this.connections.push(new FakeConnection(this.target.runId, owner));
    return this.last as unknown as UpstreamConnection;
  }

  closePrivate(connection: UpstreamConnection): void {
    (connection as unknown as FakeConnection).isClosed = true;
  }

  ready(): object | null {
    return this.isReady ? {} : null;
  }

  downError(): null {
    return null;
  }
}

export class FakeConnection {
  readonly life: string;
  isClosed = false;
  readonly #owner: PrivateOwner;
  readonly #pending: Outgoing[] = [];

  constructor(life: string, owner: PrivateOwner) {
    this.life = life;
    this.#owner = owner;
  }

  /** What is not answered, arguments with spaces between. */
  get asked(): string[] {
    return this.#pending.map(({ bytes }) =>
      Buffer.from(bytes)
        .toString()
        .split('\r\n')
        .filter((_, i) => i > 0 && i % 2 === 0)
        .join(' '),
    );
  }

  send(request: Outgoing): void {
    this.#pending.push({ ...request });
  }

  /** Ready to be sent to; the server knows it by `id`. */
  open(id: number): void {
    this.#owner.onReady(this as unknown as UpstreamConnection);
    this.answer(`:${id}`);
  }

  /** Whatever is asked first. */
  answer(line: string): void {
    const { sink, token } = this.#pending.shift()!;
    const bytes = Buffer.from(`${line}\r\n`);
    sink.onReply(token, bytes, 0, bytes.length);
  }

  drain(): void {
    this.#owner.onDrain();
  }

  lose(error: Uint8Array): void {
    this.#owner.onLost('the test');
    for (const { sink, token } of this.#pending.splice(0)) sink.onFailure(token, error);
  }
}
