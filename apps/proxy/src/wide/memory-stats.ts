/** MEMORY STATS of all servers as one: amounts add up, of ratios the worst is told. */
import { decodeReply, encodeReply, type Reply } from '@keyfleet/resp';
import type { Join } from './broadcast.ts';
import { fieldsOf } from './fields.ts';

const RATIO = /(percentage|ratio|fragmentation)$/;

export const joinMemoryStats: Join = (answers, client) =>
  encodeReply(memoryStats(answers.map(({ reply }) => decodeReply(reply))), client.respVersion);

export function memoryStats(replies: readonly Reply[]): Reply {
  const merged = new Map<Reply, Reply>();
  for (const [name, value] of replies.flatMap((reply) => [...fieldsOf(reply)])) {
    const other = merged.get(name);
    merged.set(name, other === undefined ? value : both(name, other, value));
  }
  return withBytesPerKey(merged);
}

function both(name: string, a: Reply, b: Reply): Reply {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  // A database's own fields.
  if (a instanceof Map || Array.isArray(a)) return memoryStats([a as Reply, b]);
  return RATIO.test(name) && numberOf(b) > numberOf(a) ? b : a;
}

/** A double is a string in RESP2. */
function numberOf(value: Reply): number {
  const isDouble = value !== null && typeof value === 'object' && 'value' in value;
  return isDouble ? value.value : Number(value);
}

/** object.c `getMemoryOverheadData`. */
function withBytesPerKey(merged: Map<Reply, Reply>): Reply {
  const keys = Number(merged.get('keys.count'));
  if (!merged.has('keys.bytes-per-key')) return merged;
  const used = Number(merged.get('total.allocated')) - Number(merged.get('startup.allocated'));
  return merged.set('keys.bytes-per-key', keys === 0 ? 0 : Math.max(0, Math.floor(used / keys)));
}
