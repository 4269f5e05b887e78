import type { Client, Metadata } from '@grpc/grpc-js';
import type { Clock } from '@keyfleet/runtime';
import { OutcomeUnknown, StoreUnavailable } from '@keyfleet/store';
import { Etcd3 } from 'etcd3';
import { isRefusal, type Send } from './grpc.ts';

const GRPC_OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 500,
  // Finds a connection that hangs. etcd cuts off who asks more often than every 5 s.
  'grpc.keepalive_time_ms': 6_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.max_receive_message_length': 256 << 20, // a list is one message
};
const CONNECT_TRY_MS = 1_000;
const RETRY_PAUSE_MS = 50;

/** When something was sent. On the wall clock too: the monotonic one stands still while a machine sleeps. */
export type Instant = { readonly monotonicMs: number; readonly wallMs: number };

export type Service = 'KV' | 'Lease' | 'Watch';

export type Policy = {
  readonly timeoutMs: number;
  /** How long one endpoint may take, if others are to be tried in time. */
  readonly attemptMs?: number;
  /** False: sent at most once, and `OutcomeUnknown` if the answer does not come. */
  readonly retries: boolean;
  readonly signal?: AbortSignal;
};

/** etcd3 loads the protocol and makes the gRPC clients of one endpoint. */
class Endpoint extends Etcd3 {
  constructor(url: string) {
    super({ hosts: [url], grpcOptions: GRPC_OPTIONS });
  }

  async service(name: Service): Promise<{ client: Client; metadata: Metadata }> {
    return this.pool.withConnection(name, ({ client, metadata }) => ({ client, metadata }));
  }
}

class Unreachable extends StoreUnavailable {
  constructor(cause: unknown) {
    super('Cannot reach etcd: no endpoint answered in time', { cause });
  }
}

export type Connection = {
  readonly client: Client;
  readonly metadata: Metadata;
  /** To be called when it turned out bad: others then go to the next endpoint. */
  readonly giveUp: () => void;
};

/** The members of one etcd cluster: calls go to one of them until it fails, then to the next. */
export class Cluster {
  readonly #endpoints: readonly Endpoint[];
  readonly #clock: Clock;
  #current = 0;

  constructor(urls: readonly string[], clock: Clock) {
    if (urls.length === 0) throw new RangeError('Cannot use etcd: no endpoint is given');
    this.#endpoints = urls.map((url) => new Endpoint(url));
    this.#clock = clock;
  }

  /** `sent` is when the request that was answered went out. Nothing is sent before there is a connection. */
  async call<Response>(
    service: Service,
    send: Send<Response>,
    policy: Policy,
  ): Promise<{ response: Response; sent: Instant }> {
    const { signal } = policy;
    const deadlineMs = this.#clock.monotonicMs() + policy.timeoutMs;
    const attemptMs = policy.attemptMs ?? this.#share(policy);
    for (;;) {
      const ready = await this.connect(service, deadlineMs, signal);
      const sent = { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
      const timeoutMs = Math.max(1, Math.min(deadlineMs - sent.monotonicMs, attemptMs));
      try {
        return { response: await send({ ...ready, timeoutMs, signal }), sent };
      } catch (cause) {
        signal?.throwIfAborted();
        if (isRefusal(cause)) throw cause;
        ready.giveUp();
        if (!policy.retries)
          throw new OutcomeUnknown(
            'Cannot tell the outcome of a transaction: it was sent and not answered',
            { cause },
          );
        await this.#clock.sleep(RETRY_PAUSE_MS, signal);
        if (this.#clock.monotonicMs() >= deadlineMs) throw new Unreachable(cause);
      }
    }
  }

  /** To an endpoint that is connected now. */
  async connect(
    service: Service,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    for (;;) {
      signal?.throwIfAborted();
      const tried = this.#current;
      const giveUp = (): void => this.#leave(tried);
      const client = await this.#endpoints[tried]!.service(service);
      const leftMs = deadlineMs - this.#clock.monotonicMs();
      try {
        await isConnected(client.client, Math.min(leftMs, CONNECT_TRY_MS), signal);
        return { ...client, giveUp };
      } catch (cause) {
        signal?.throwIfAborted();
        giveUp();
        if (this.#clock.monotonicMs() >= deadlineMs) throw new Unreachable(cause);
      }
    }
  }

  close(): void {
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  /** Only the first of many calls that fail at one endpoint moves on. */
  #leave(endpoint: number): void {
    if (this.#current === endpoint) this.#current = (endpoint + 1) % this.#endpoints.length;
  }

  /** A write has one attempt, which has all the time; a read must be able to pass by a member that hangs. */
  #share({ retries, timeoutMs }: Policy): number {
    return retries ? timeoutMs / Math.min(this.#endpoints.length, 3) : timeoutMs;
  }
}

async function isConnected(
  client: Client,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const abort = (): void => reject(new Error('Cannot connect: aborted'));
  signal?.addEventListener('abort', abort);
  client.waitForReady(Date.now() + Math.max(0, timeoutMs), (error) => {
    if (error) reject(error);
    else resolve(undefined);
  });
  try {
    await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
