import type { RequestView } from '@keyfleet/resp';

/** No option, name or number that the proxy reads is longer; an argument may have 512 MB, more than a string takes. */
const TEXT_BYTES_MAX = 4096;

/** The argument as text, at most its first 4096 bytes. */
export function argumentText(
  request: RequestView,
  index: number,
  bytesMax = TEXT_BYTES_MAX,
): string {
  const { bytes, offsets } = request;
  const start = offsets[2 * index]!;
  const length = Math.min(offsets[2 * index + 1]! - start, bytesMax);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString();
}
