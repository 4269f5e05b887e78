import { ASKING_FIRST } from './own-requests.ts';
import type { Outgoing } from './reply-sink.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** What was lost or refused, with what it needs there ahead of it. `asks`: the server does not own its slot yet. */
export function sendAgain(connection: UpstreamConnection, request: Outgoing, asks: boolean): void {
  const { sink } = request;
  if (sink.sendAgainOn !== undefined) return sink.sendAgainOn(connection, asks);
  sink.prepare?.(connection);
  if (asks) connection.send(ASKING_FIRST);
  connection.send(request);
}
