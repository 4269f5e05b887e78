/** Replies with named fields: a map in RESP3, names and values in turns in RESP2. */
import { ProtocolError, type Reply } from '@keyfleet/resp';

export type Fields = ReadonlyMap<string, Reply>;

export function fieldsOf(reply: Reply): Fields {
  const pairs = reply instanceof Map ? [...(reply as ReadonlyMap<Reply, Reply>)] : inTurns(reply);
  return new Map(pairs.map(([name, value]) => [textOf(name), value]));
}

/** Of a reply that is text of some kind, or a number. */
export function textOf(reply: Reply): string {
  if (typeof reply === 'string' || typeof reply === 'number') return String(reply);
  if (reply !== null && typeof reply === 'object' && 'text' in reply) return reply.text;
  throw new ProtocolError('Cannot read reply: it is of another form, want text');
}

function inTurns(reply: Reply): [Reply, Reply][] {
  if (!Array.isArray(reply) || reply.length % 2 !== 0)
    throw new ProtocolError('Cannot read reply: it is of another form, want names and values');
  const items = reply as readonly Reply[];
  return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i]!, items[2 * i + 1]!]);
}
