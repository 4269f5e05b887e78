/**
 * What is in flight behind a request that its server refused for now, of the same client and about the same slot. The
 * request may be sent again only if none of that was done: else it would come after what its client sent later.
 */
import { errors } from '../route/replies.ts';
import { placeOf, type ReplySink } from './reply-sink.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

export class Behind {
  /** How many of them are in flight. */
  left = 0;
  isOvertaken = false;
  /** One of them was done, or may be. */
  onOvertaken: () => void = () => undefined;

  watch(sink: ReplySink): ReplySink {
    this.left++;
    if (!(sink instanceof Watched)) return new Watched(sink, this);
    sink.behinds.push(this);
    return sink;
  }

  /** One of them is not in flight any more. */
  note(isDone: boolean): void {
    this.left--;
    if (!isDone || this.isOvertaken) return;
    this.isOvertaken = true;
    this.onOvertaken();
  }
}

/** The sink of a request that was not done: it is behind nothing any more. */
export function unwatched(sink: ReplySink): ReplySink {
  if (!(sink instanceof Watched)) return sink;
  sink.note(false);
  return sink.sink;
}

class Watched implements ReplySink {
  readonly owner: object;
  readonly sink: ReplySink;
  /** Of each that it is behind: as many as a client has in flight. */
  readonly behinds: Behind[];

  constructor(sink: ReplySink, behind: Behind) {
    this.owner = sink.owner;
    this.sink = sink;
    this.behinds = [behind];
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    this.note(this.sink.isUndone?.(bytes, start) !== true);
    this.sink.onReply(token, bytes, start, end);
  }

  takesParts(token: number): boolean {
    return this.sink.takesParts(token);
  }

  placeOf(token: number): number | undefined {
    return placeOf(this.sink, token);
  }

  slotOf(token: number): number | undefined {
    return this.sink.slotOf?.(token);
  }

  isUndone(bytes: Uint8Array, start: number): boolean {
    return this.sink.isUndone?.(bytes, start) === true;
  }

  onPart(token: number, bytes: Uint8Array, start: number, end: number): void {
    this.note(true);
    this.sink.onPart(token, bytes, start, end);
  }

  onPartsEnd(token: number, isWhole: boolean, length: number): void {
    this.note(true);
    this.sink.onPartsEnd(token, isWhole, length);
  }

  onFailure(token: number, error: Uint8Array): void {
    this.note(error === errors.unknownOutcome || error === errors.timedOut);
    this.sink.onFailure(token, error);
  }

  prepare(connection: UpstreamConnection): void {
    this.sink.prepare?.(connection);
  }

  /** They hear of it once. */
  note(isDone: boolean): void {
    for (const behind of this.behinds.splice(0)) behind.note(isDone);
  }
}
