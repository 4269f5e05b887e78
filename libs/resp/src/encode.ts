/**
 * Replies that we make ourselves. A nested reply may hold plain values; what RESP2 lacks is written as
 * Redis does it (networking.c `addReplyMapLen`, `addReplyBool`, `addReplyDouble`, `addReplyVerbatim`).
 */
import { CR, LF } from './bytes.ts';
import { ErrorReply, type Reply } from './reply.ts';

export type RespVersion = 2 | 3;

const text = new TextEncoder();
type Tagged = Extract<Reply, { readonly type: string }>;

const INT64_MAX = 2n ** 63n - 1n;

/** A line must stay one: Redis turns line breaks in errors into spaces as well. */
const line = (prefix: string, content: string): Uint8Array =>
  text.encode(`${prefix}${content.replace(/[\r\n]/g, ' ')}\r\n`);

function blob(prefix: string, payload: string | Uint8Array): Uint8Array {
  const bytes = typeof payload === 'string' ? text.encode(payload) : payload;
  const head = text.encode(`${prefix}${bytes.length}\r\n`);
  const frame = new Uint8Array(head.length + bytes.length + 2);
  frame.set(head);
  frame.set(bytes, head.length);
  frame[frame.length - 2] = CR;
  frame[frame.length - 1] = LF;
  return frame;
}

function aggregate(prefix: string, count: number, items: readonly Uint8Array[]): Uint8Array {
  const head = text.encode(`${prefix}${count}\r\n`);
  const frame = new Uint8Array(items.reduce((sum, item) => sum + item.length, head.length));
  frame.set(head);
  let at = head.length;
  for (const item of items) {
    frame.set(item, at);
    at += item.length;
  }
  return frame;
}

export const encode = {
  simpleString: (content: string): Uint8Array => line('+', content),
  /** `content` starts with the error's code: "ERR no such key". */
  errorReply: (content: string): Uint8Array => line('-', content),
  integer: (value: number | bigint): Uint8Array => line(':', String(value)),
  bulk: (payload: string | Uint8Array): Uint8Array => blob('$', payload),
  nullReply: (version: RespVersion): Uint8Array => line(version === 2 ? '$-1' : '_', ''),
  /** An array of elements that are encoded already. */
  array: (items: readonly Uint8Array[]): Uint8Array => aggregate('*', items.length, items),
} as const;

/** Encodes a reply for a client that speaks `version`. */
export function encodeReply(value: Reply, version: RespVersion): Uint8Array {
  if (value === null) return encode.nullReply(version);
  switch (typeof value) {
    case 'string':
      return encode.bulk(value);
    case 'boolean':
      return line(version === 2 ? ':' : '#', booleanText(value, version));
    case 'number':
      return Number.isSafeInteger(value) ? encode.integer(value) : double(value, version);
    case 'bigint':
      return bigNumber(value, version);
    default:
      return encodeObject(value, version);
  }
}

function encodeObject(value: Extract<Reply, object>, version: RespVersion): Uint8Array {
  if (value instanceof Uint8Array) return encode.bulk(value);
  if (value instanceof ErrorReply) return encode.errorReply(value.text);
  if (value instanceof Map) return pairs(value as ReadonlyMap<Reply, Reply>, version);
  if (value instanceof Set)
    return items(version === 2 ? '*' : '~', [...(value as Set<Reply>)], version);
  if (!('type' in value)) return items('*', value as readonly Reply[], version);
  return encodeTagged(value, version);
}

function encodeTagged(value: Exclude<Tagged, ErrorReply>, version: RespVersion): Uint8Array {
  switch (value.type) {
    case 'status':
      return encode.simpleString(value.text);
    case 'double':
      return double(value.value, version);
    case 'verbatim':
      return version === 2 ? encode.bulk(value.text) : blob('=', `${value.format}:${value.text}`);
    case 'push':
      return items(version === 2 ? '*' : '>', value.items, version);
  }
}

function items(prefix: string, values: readonly Reply[], version: RespVersion): Uint8Array {
  return aggregate(
    prefix,
    values.length,
    values.map((value) => encodeReply(value, version)),
  );
}

function pairs(map: ReadonlyMap<Reply, Reply>, version: RespVersion): Uint8Array {
  const flat = [...map].flat().map((value) => encodeReply(value, version));
  return aggregate(version === 2 ? '*' : '%', version === 2 ? flat.length : map.size, flat);
}

function booleanText(value: boolean, version: RespVersion): string {
  if (version === 2) return value ? '1' : '0';
  return value ? 't' : 'f';
}

function double(value: number, version: RespVersion): Uint8Array {
  const content = doubleText(value);
  return version === 2 ? encode.bulk(content) : line(',', content);
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function bigNumber(value: bigint, version: RespVersion): Uint8Array {
  if (value <= INT64_MAX && value >= -INT64_MAX - 1n) return encode.integer(value);
  return version === 2 ? encode.bulk(String(value)) : line('(', String(value));
}
