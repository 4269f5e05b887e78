/**
 * `$` of XREAD is the last entry that a stream has when the command comes. If it is sent again, later and maybe elsewhere,
 * it would miss what came in between: so the proxy asks for the id ahead of the command, and sends that the next time.
 */
import { decodeReply, encodeCommand, type RequestView } from '@keyfleet/resp';
import { argumentText } from '../route/refusals.ts';
import { readRedirect } from '../upstream/redirect.ts';
import { NO_SINK } from '../upstream/reply-sink.ts';
import type { PrivateConnection } from './private-connection.ts';

const ASKING = encodeCommand(['ASKING']);

/** An argument that says `$`, and the key that it is about. */
export type OpenId = { readonly argument: number; readonly key: number };

/** `keys`: the positions of the streams. */
export function openIds(request: RequestView, keys: readonly number[]): OpenId[] {
  return keys
    .map((key) => ({ argument: key + keys.length, key }))
    .filter(({ argument }) => argumentText(request, argument, 2) === '$');
}

export type LastIdsOrder = {
  readonly request: RequestView;
  readonly ids: readonly OpenId[];
  /** Its server does not own their slot yet. */
  readonly isAhead: boolean;
  /** Not called if the server refused to tell. */
  readonly onKnown: (frame: Uint8Array) => void;
};

export function askLastIds(connection: PrivateConnection, order: LastIdsOrder): void {
  const { request, ids, isAhead, onKnown } = order;
  const known = new Map<number, string>();
  ids.forEach(({ argument, key }, i) => {
    const isLast = i === ids.length - 1;
    if (isAhead) connection.send(ASKING, false);
    connection.send(
      encodeCommand(['XREVRANGE', bytesOf(request, key), '+', '-', 'COUNT', '1']),
      false,
      {
        ...NO_SINK,
        onReply: (_token, bytes, start, end) => {
          if (readRedirect(bytes, start, end) === null)
            known.set(argument, idOf(decodeReply(bytes, start, end)));
          if (isLast && known.size === ids.length) onKnown(withIds(request, known));
        },
      },
    );
  });
}

/** Of a stream that is empty or not there: the id before all. What is no stream is left to the server's own error. */
function idOf(reply: unknown): string {
  if (!Array.isArray(reply)) return '$';
  const [entry] = reply as [string, unknown][];
  return entry === undefined ? '0-0' : entry[0];
}

function withIds(request: RequestView, known: ReadonlyMap<number, string>): Uint8Array {
  return encodeCommand(
    Array.from({ length: request.count }, (_, i) => known.get(i) ?? bytesOf(request, i)),
  );
}

function bytesOf({ bytes, offsets }: RequestView, argument: number): Uint8Array {
  return bytes.subarray(offsets[2 * argument], offsets[2 * argument + 1]);
}
