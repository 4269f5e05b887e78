/** A duration as protobuf's JSON writes it, `0.25s`, or as its fields; undefined: it is none. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const seconds = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(value)?.[1];
    return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { seconds = '0', nanos = '0' } = value as { seconds?: string; nanos?: string };
  const ms = Math.round(Number(seconds) * 1000 + Number(nanos) / 1_000_000);
  return Number.isNaN(ms) ? undefined : ms;
}
