/**
 * Finds keys by key specifications, as `getKeysUsingKeySpecs` in Redis' db.c does: a specification
 * whose keyword is absent is passed over; of the others all hold, or none counts.
 */
import type { RequestView } from '@keyfleet/resp';
import { isWord, readCount } from './argument.ts';
import type { KeySpec } from './command-row.ts';

/**
 * Key positions are written here; an Int32Array has room for as many as the request has arguments.
 */
export type KeyPositions = Int32Array | number[];

const ABSENT = -1;

/**
 * Writes the positions of the keys in the order of the specifications; returns how many, or -1 when
 * one does not hold.
 */
export function keysBySpecs(
  specs: readonly KeySpec[],
  request: RequestView,
  into: KeyPositions,
): number {
  let found = 0;
  for (const spec of specs) {
    if (spec.flags.includes('not_key')) continue;
    const begin = beginOf(spec, request);
    if (begin === ABSENT) continue;
    if (spec.flags.includes('incomplete')) return -1;
    found = writeRange(spec, begin, { request, into, found });
    if (found < 0) return -1;
  }
  return found;
}

function beginOf({ begin }: KeySpec, request: RequestView): number {
  switch (begin.by) {
    case 'index':
      return begin.index;
    case 'keyword':
      return afterKeyword(begin.keyword.toLowerCase(), begin.startfrom, request);
    case 'unknown':
      return 0; // no argument: the range that begins there is refused
  }
}

/** A negative start counts from the end and searches backwards. */
function afterKeyword(keyword: string, startFrom: number, request: RequestView): number {
  const step = startFrom < 0 ? -1 : 1;
  const lowest = startFrom < 0 ? 1 : 0; // backwards, the first argument is not looked at
  const start = startFrom < 0 ? request.count + startFrom : startFrom;
  for (let at = start; at > lowest && at < request.count - 1; at += step) {
    if (isWord(request, at, keyword)) return at + 1;
  }
  return ABSENT;
}

type Target = { request: RequestView; into: KeyPositions; found: number };

function writeRange({ find }: KeySpec, begin: number, { request, into, found }: Target): number {
  if (find.by === 'unknown') return -1;
  // A module may say so; the range would have no end.
  if (!(find.keystep >= 1)) return -1;
  const { count } = request;
  const first = find.by === 'range' ? begin : begin + find.firstkey;
  const last = find.by === 'range' ? lastOf(find, first, count) : lastCounted(find, begin, request);
  if (first < 1 || last < first || last >= count) return -1;
  let next = found;
  for (let at = first; at <= last; at += find.keystep) into[next++] = at;
  return next;
}

/**
 * `lastkey` is relative to the first key, or to the end if negative; a limit of 2 stops in the
 * middle (XREAD's ids).
 */
function lastOf(
  { lastkey, limit }: { lastkey: number; limit: number },
  first: number,
  count: number,
): number {
  if (lastkey >= 0) return first + lastkey;
  if (limit === 0) return count + lastkey;
  return first + Math.floor((count - first) / limit) + lastkey;
}

function lastCounted(
  find: { keynumidx: number; firstkey: number; keystep: number },
  begin: number,
  request: RequestView,
): number {
  const countAt = begin + find.keynumidx;
  if (countAt >= request.count) return -1;
  return begin + find.firstkey + (readCount(request, countAt) - 1) * find.keystep;
}
