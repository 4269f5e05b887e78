import type { RequestFramer } from '@keyfleet/resp';
import { reservedError } from '../route/router.ts';

/** What a client is told that names a key of ours among these arguments; null: there is none. */
export function reservedAmong(
  request: RequestFramer,
  positions: readonly number[],
): Uint8Array | null {
  for (const at of positions) {
    const reserved = reservedError(request, at);
    if (reserved !== null) return reserved;
  }
  return null;
}

/** All but the command's name. */
export function argumentsOf({ count }: RequestFramer): number[] {
  return Array.from({ length: count - 1 }, (_, i) => i + 1);
}
