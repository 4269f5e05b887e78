/** Every process that was ever started has its own: no id comes twice, and the first process has the small ones. */
const IDS_PER_PROCESS = 100_000_000_000;

/** `before`: workers that this proxy started so far. */
export function clientIdsAfter(before: number): number {
  return before * IDS_PER_PROCESS;
}
