import { extractKeys, findCommand } from '@keyfleet/commands';
import { RequestFramer } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import type { Outgoing } from '../upstream/reply-sink.ts';

/** Of all keys of a request. Off the hot path: it is read anew. */
export function slotsOfRequest({ bytes, start, end }: Outgoing): number[] {
  const request = new RequestFramer();
  request.push(bytes.subarray(start, end));
  request.next();
  const command = findCommand(request);
  const keys: number[] = [];
  const count = command === undefined ? 0 : extractKeys(command, request, keys);
  return keys.slice(0, Math.max(0, count)).map((key) => {
    const { offsets } = request;
    return keySlot(request.bytes, offsets[2 * key]!, offsets[2 * key + 1]!);
  });
}
