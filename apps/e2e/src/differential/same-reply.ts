/** Whether two replies are the same by a rule. Pure. */
import { decodeReply, encodeReply, ErrorReply, type Reply } from '@keyfleet/resp';
import type { Rule } from './rules.ts';

/** Seconds or milliseconds: more than a run takes. */
const NEAR = 600_000;
const MINUS = 0x2d;

export function isSameReply(rule: Rule, plain: Uint8Array, proxied: Uint8Array): boolean {
  if (Buffer.compare(plain, proxied) === 0) return true;
  if (rule === 'exact' || plain[0] === MINUS || proxied[0] === MINUS) return false;
  return isSame(rule, decode(plain), decode(proxied));
}

function isSame(rule: Rule, plain: Reply, proxied: Reply): boolean {
  switch (rule) {
    case 'anyOrder':
      return shapeOf(plain) === shapeOf(proxied) && isEqual(sorted(plain, 1), sorted(proxied, 1));
    case 'pairsInAnyOrder':
      return isEqual(sorted(plain, 2), sorted(proxied, 2));
    case 'near':
      return isNear(plain, proxied);
    case 'step':
      return isSameStep(plain, proxied);
    case 'count':
      return hasSameCount(plain, proxied);
    case 'length':
      return hasSameLength(plain, proxied);
    case 'shape':
      return isSameShape(plain, proxied);
    default:
      return false;
  }
}

function decode(bytes: Uint8Array): Reply {
  return decodeReply(bytes, 0, bytes.length);
}

function isEqual(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a !== null && b !== null && a.length === b.length && a.every((text, i) => text === b[i]);
}

/** The elements as texts, `step` by `step`; null: it is no list. */
function sorted(reply: Reply, step: number): string[] | null {
  if (reply instanceof Map)
    return [...(reply as ReadonlyMap<Reply, Reply>)]
      .map(([key, value]) => textOf(key) + textOf(value))
      .sort();
  const elements = reply instanceof Set ? [...(reply as ReadonlySet<Reply>)] : reply;
  if (!Array.isArray(elements)) return null;
  const texts = (elements as readonly Reply[]).map(textOf);
  return texts
    .filter((_, at) => at % step === 0)
    .map((text, at) => text + (step === 2 ? (texts[2 * at + 1] ?? '') : ''))
    .sort();
}

function textOf(reply: Reply): string {
  return Buffer.from(encodeReply(reply, 3)).toString('latin1');
}

/** Also deep inside: strings and lengths are equal. */
function isNear(a: Reply, b: Reply): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return a === b || (a >= 0 && b >= 0 && Math.abs(a - b) <= NEAR);
  const [ours, theirs] = [partsOf(a), partsOf(b)];
  if (ours === null || theirs === null) return textOf(a) === textOf(b);
  const isAlike = shapeOf(a) === shapeOf(b) && ours.length === theirs.length;
  return isAlike && ours.every((part, at) => isNear(part, theirs[at]!));
}

/** Lists of a cursor and elements; only the first step of a small key has all of them. */
function isSameStep(a: Reply, b: Reply): boolean {
  const [[ownCursor, own], [cursor, elements]] = [partsOf(a)!, partsOf(b)!];
  const isWhole = [ownCursor, cursor].every((it) => textOf(it!) === textOf('0'));
  return isWhole ? isEqual(sorted(own!, 1), sorted(elements!, 1)) : isSameShape(a, b);
}

function hasSameCount(a: Reply, b: Reply): boolean {
  return isSameShape(a, b) && partsOf(a)?.length === partsOf(b)?.length;
}

function hasSameLength(a: Reply, b: Reply): boolean {
  return shapeOf(a) === shapeOf(b) && textOf(a).length === textOf(b).length;
}

/** Null: it has none. */
function partsOf(reply: Reply): readonly Reply[] | null {
  if (Array.isArray(reply)) return reply as readonly Reply[];
  if (reply instanceof Set) return [...(reply as ReadonlySet<Reply>)];
  if (reply instanceof Map) return [...(reply as ReadonlyMap<Reply, Reply>)].flat();
  return null;
}

/** Of lists, the first element stands for all. */
function isSameShape(a: Reply, b: Reply): boolean {
  if (shapeOf(a) !== shapeOf(b)) return false;
  const [first, second] = [firstOf(a), firstOf(b)];
  return first === undefined || second === undefined || isSameShape(first, second);
}

function firstOf(reply: Reply): Reply | undefined {
  return Array.isArray(reply) ? (reply as readonly Reply[])[0] : undefined;
}

function shapeOf(reply: Reply): string {
  if (reply === null) return 'null';
  if (typeof reply === 'bigint') return 'number';
  if (typeof reply !== 'object') return typeof reply;
  if (reply instanceof Uint8Array) return 'string';
  if (Array.isArray(reply)) return 'array';
  if (reply instanceof Map) return 'map';
  if (reply instanceof Set) return 'set';
  return reply instanceof ErrorReply ? 'error' : (reply as { type: string }).type;
}
