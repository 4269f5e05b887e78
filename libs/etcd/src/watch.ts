import type { Clock } from '@keyfleet/runtime';
import { CompactedError, StoreUnavailable, type WatchBatch } from '@keyfleet/store';
import type { IWatchResponse } from 'etcd3';
import type { Cluster } from './cluster.ts';
import { batchesOf, rangeOf } from './encoding.ts';
import { openStream } from './grpc.ts';

const RESUME_PAUSE_MS = 100;
const CONNECT_MS = 5_000;

type Source = { readonly cluster: Cluster; readonly clock: Clock };
type Position = { readonly prefix: string; seen: number };

/**
 * One etcd watch after another, each from the revision after the last one seen. Nothing is buffered here:
 * while the consumer is busy the stream is not read, and etcd waits (gRPC flow control).
 */
export async function* watchFrom(
  source: Source,
  prefix: string,
  afterRevision: number,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const position: Position = { prefix, seen: afterRevision };
  while (!signal.aborted) {
    try {
      yield* oneStream(source, position, signal);
    } catch (error) {
      if (error instanceof CompactedError) throw error;
    }
    await source.clock.sleep(RESUME_PAUSE_MS, signal);
  }
}

async function* oneStream(
  { cluster, clock }: Source,
  position: Position,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch> {
  const connection = await cluster.connect('Watch', clock.monotonicMs() + CONNECT_MS, signal);
  signal.throwIfAborted(); // from here on its listener cancels
  const stream = openStream<IWatchResponse>('watch', connection);
  stream.on('error', connection.giveUp); // the iterator throws it, if anyone still iterates
  const cancel = (): void => stream.cancel();
  signal.addEventListener('abort', cancel);
  try {
    stream.write({
      create_request: { ...rangeOf(position.prefix), start_revision: position.seen + 1 },
    });
    for await (const response of stream as AsyncIterable<IWatchResponse>) {
      checkGoesOn(response, position.seen);
      yield* advance(position, response, signal);
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    stream.off('error', connection.giveUp).on('error', () => undefined);
    cancel();
  }
}

function* advance(
  position: Position,
  { events }: IWatchResponse,
  signal: AbortSignal,
): Generator<WatchBatch> {
  for (const batch of batchesOf(events)) {
    if (signal.aborted) return;
    position.seen = batch.revision;
    yield batch;
  }
}

function checkGoesOn(response: IWatchResponse, afterRevision: number): void {
  const oldestRevision = Number(response.compact_revision);
  if (oldestRevision > 0) throw new CompactedError(afterRevision, oldestRevision);
  if (response.canceled)
    throw new StoreUnavailable(`Cannot watch: etcd says ${response.cancel_reason}`);
}
