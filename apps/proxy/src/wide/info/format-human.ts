const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'];

/** util.c `bytesToHuman`. */
export function formatHuman(bytes: number): string {
  let unit = 0;
  let scaled = bytes;
  for (; scaled >= 1024 && unit < UNITS.length - 1; unit++) scaled /= 1024;
  return unit === 0 ? `${bytes}B` : `${scaled.toFixed(2)}${UNITS[unit]!}`;
}
