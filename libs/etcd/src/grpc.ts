/**
 * Bare gRPC calls. etcd3's own layers above them (its pool's retries, circuit breaker, watch manager and
 * lease) are not used: they cannot tell a transaction that was never sent from one whose outcome is
 * unknown, and count a lease from when the answer came instead of from when the request went out.
 */
import type {
  CallOptions,
  Client,
  ClientDuplexStream,
  ClientUnaryCall,
  Metadata,
  ServiceError,
} from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';

export type Attempt = {
  readonly client: Client;
  readonly metadata: Metadata;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
};

export type Send<Response> = (attempt: Attempt) => Promise<Response>;

type UnaryMethod = (
  request: object,
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, response: unknown) => void,
) => ClientUnaryCall;
type StreamMethod = (
  metadata: Metadata,
  options: CallOptions,
) => ClientDuplexStream<object, unknown>;

const deadlineOf = ({ timeoutMs }: Attempt): CallOptions => ({
  deadline: Date.now() + timeoutMs, // gRPC wants it as wall time, but waits for the difference
});

/** A call with one request and one response. */
export function unary<Response>(method: string, request: object): Send<Response> {
  return async (attempt) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const methods = attempt.client as unknown as Record<string, UnaryMethod>;
    const call = methods[method]!(
      request,
      attempt.metadata,
      deadlineOf(attempt),
      (error, response) => {
        if (error) reject(error);
        else resolve(response as Response);
      },
    );
    return cancelledBy(attempt.signal, call, promise);
  };
}

/** One request and its response on a stream of its own, so that an answer is never that to an older request. */
export function exchange<Response>(method: string, request: object): Send<Response> {
  return async (attempt) => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const stream = openStream<Response>(method, attempt, deadlineOf(attempt));
    stream
      .once('data', resolve)
      .on('error', reject)
      .once('end', () => reject(new Error('Cannot read answer: the stream ended')));
    stream.write(request);
    return cancelledBy(attempt.signal, stream, promise).finally(() => stream.cancel());
  };
}

export function openStream<Response>(
  method: string,
  { client, metadata }: Pick<Attempt, 'client' | 'metadata'>,
  options: CallOptions = {},
): ClientDuplexStream<object, Response> {
  const withLeader = metadata.clone();
  withLeader.set('hasleader', 'true'); // a member cut off from the others ends the stream instead of idling
  const methods = client as unknown as Record<string, StreamMethod>;
  return methods[method]!(withLeader, options) as ClientDuplexStream<object, Response>;
}

async function cancelledBy<Response>(
  signal: AbortSignal | undefined,
  call: { cancel(): void },
  response: Promise<Response>,
): Promise<Response> {
  const cancel = (): void => call.cancel();
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  try {
    return await response;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

export function statusOf(error: unknown): status | undefined {
  return (error as Partial<ServiceError>).code;
}

/** etcd answers these when it looks at a request, before it does anything. All others may come in between. */
export function isRefusal(error: unknown): boolean {
  const code = statusOf(error);
  return code !== undefined && refusals.has(code);
}

const refusals: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
]);
