export type Backoff = { readonly firstMs: number; readonly maxMs: number };

/** How long to wait after so many failures in a row: doubling, and up to a half less, so that not all come at once. */
export function backoffMs(
  failures: number,
  { firstMs, maxMs }: Backoff,
  random: () => number,
): number {
  const fullMs = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  return fullMs * (1 - random() / 2);
}
