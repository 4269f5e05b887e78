import type { SlowEntry } from '../slowlog/slow-log.ts';

/** An entry of the slow log as `/slowlog` shows it. */
export type SlowView = Omit<SlowEntry, 'arguments'> & { readonly arguments: readonly string[] };

export function slowView(entry: SlowEntry): SlowView {
  return { ...entry, arguments: entry.arguments.map((bytes) => Buffer.from(bytes).toString()) };
}
