import type { RequestView } from '@keyfleet/resp';
import { toName } from './name.ts';

/** Where it lies. */
export function argumentBytes({ bytes, offsets }: RequestView, index: number): Uint8Array {
  return bytes.subarray(offsets[2 * index], offsets[2 * index + 1]);
}

/** All from `first` on. */
export function names(request: RequestView, first: number): string[] {
  return Array.from({ length: request.count - first }, (_, i) =>
    toName(argumentBytes(request, first + i)),
  );
}
