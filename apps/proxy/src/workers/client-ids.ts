/** Every process that was ever started has its own: no id comes twice, and the first process has the small ones. */
const IDS_PER_PROCESS = 100_000_000_000;

/** `process`: its number among all that this proxy ever started. */
export function clientIdsAfter(process: number): number {
  return process * IDS_PER_PROCESS;
}
