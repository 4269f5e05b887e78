/** What becomes of the values that several servers have for one field of INFO. Data, but for the arithmetic. */

export type InfoRule = 'sum' | 'max' | 'min' | 'first' | 'worst';

/** Of sections; what is not here is the same everywhere, or says nothing of all servers together. */
const sectionRules: Readonly<Record<string, InfoRule>> = {
  Clients: 'sum',
  Memory: 'sum',
  Persistence: 'max',
  Stats: 'sum',
  CPU: 'sum',
};

/** Of fields that differ from their section, the first that fits. */
const fieldRules: readonly (readonly [RegExp, InfoRule])[] = [
  [/_status$/, 'worst'],
  [/_(ratio|perc)$/, 'max'],
  // Everything is saved that is older than the oldest of the last saves; as many replicas has every key.
  [/^(rdb_last_save_time|connected_slaves)$/, 'min'],
  [/^(rdb_changes_since_last_save|rdb_saves|aof_rewrites|aof_(current|base)_size|aof_pending.*|current_save_.*|rdb_last_load_.*)$/, 'sum'],
  [/^(client_recent_max_.*|total_system_memory|number_of_.*|active_defrag_running|latest_fork_usec)$/, 'max'],
  // One subscription per channel and shard, however many clients have it.
  [/^(pubsub.*_(channels|patterns)|pubsub_(channels|patterns)|.*eviction_exceeded_time|server_time_usec)$/, 'max'],
  [/^(master_repl_offset|repl_backlog_(size|histlen))$/, 'sum'],
]; // prettier-ignore

/** Left out: addresses and files of one server, and its replicas. */
const hidden = /^(slave\d+|listener\d+|config_file|executable)$/;

export function isHidden(field: string): boolean {
  return hidden.test(field);
}

export function ruleOf(section: string, field: string): InfoRule {
  return fieldRules.find(([names]) => names.test(field))?.[1] ?? sectionRules[section] ?? 'first';
}

const NUMBER = /^-?\d+(\.\d+)?%?$/;

/** Values that are no numbers are told as the first server tells them. */
export function applyRule(rule: InfoRule, values: readonly string[]): string {
  const [first = ''] = values;
  if (rule === 'worst') return values.find((value) => value !== 'ok') ?? first;
  if (rule === 'first' || !values.every((value) => NUMBER.test(value))) return first;
  if (rule === 'sum') return sumOf(values);
  const sorted = values.toSorted((a, b) => parseFloat(a) - parseFloat(b));
  return rule === 'min' ? sorted[0]! : sorted.at(-1)!;
}

/** With as many decimals as the values have. */
function sumOf(values: readonly string[]): string {
  const decimals = values[0]!.split('.')[1]?.length ?? 0;
  const sum = values.reduce((total, value) => total + Number(value), 0);
  return sum.toFixed(decimals);
}
