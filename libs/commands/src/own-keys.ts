/**
 * Commands that no key specification describes: each has its own parser here, as it has one in
 * Redis' db.c. They see what the command will see: the last STORE wins, and a consumer or an
 * option's value may be called STREAMS or KEYS.
 */
import type { RequestView } from '@keyfleet/resp';
import { isEmpty, isWord, readLenientCount } from './argument.ts';
import type { KeySpec } from './command-row.ts';
import type { KeyPositions } from './spec-keys.ts';

/** Writes the key positions; returns how many, 0 when the arguments are malformed. */
export type KeyParser = (request: RequestView, into: KeyPositions) => number;

/** How many arguments follow an option, by the option's name in lower case. */
type Options = Readonly<Record<string, number>>;

const SORT_OPTIONS: Options = { limit: 2, get: 1, by: 1 };
const READ_OPTIONS: Options = { block: 1, count: 1, group: 2, noack: 0 };
const MIGRATE_OPTIONS: Options = { copy: 0, replace: 0, auth: 1, auth2: 2 };

export const keyParsers: Readonly<Record<string, KeyParser>> = {
  sort: sortKeys,
  sort_ro: argumentOne,
  georadius: geoRadiusKeys,
  georadiusbymember: geoRadiusKeys,
  migrate: migrateKeys,
  xread: (request, into) => streamKeys(request, into, 1),
  // GROUP is no option of XREADGROUP: nothing is read without it.
  xreadgroup: (request, into) => streamKeys(request, into, 4),
};

/**
 * Keys after a count that is no proper number, such as `EVAL script 01 key`. The command will
 * refuse it; until then Redis takes these for its keys, the one that is stored to last
 * (`genericGetKeys`).
 */
export function keysByLenientCount(
  specs: readonly KeySpec[],
  request: RequestView,
  into: KeyPositions,
): number {
  const counted = specs.find(({ find }) => find.by === 'keynum');
  if (counted?.begin.by !== 'index' || counted.find.by !== 'keynum') return 0;
  const { index } = counted.begin;
  const { keynumidx, firstkey } = counted.find;
  const keys = readLenientCount(request, index + keynumidx);
  const first = index + firstkey;
  if (keys < 1 || keys > request.count - first) return 0;
  for (let i = 0; i < keys; i++) into[i] = first + i;
  if (specs.length === 1) return keys;
  into[keys] = 1; // where every command that stores is told to
  return keys + 1;
}

function argumentOne(_request: RequestView, into: KeyPositions): number {
  into[0] = 1;
  return 1;
}

/**
 * SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [STORE destination]. BY and GET
 * patterns are not keys.
 */
function sortKeys(request: RequestView, into: KeyPositions): number {
  into[0] = 1;
  let found = 1;
  for (let at = 2; at < request.count; at++) {
    const skipped = valuesOf(SORT_OPTIONS, request, at);
    if (skipped > 0) at += skipped;
    else if (at + 1 < request.count && isWord(request, at, 'store')) {
      into[1] = at + 1;
      found = 2;
    }
  }
  return found;
}

/** GEORADIUS[BYMEMBER] key … [STORE key | STOREDIST key]. */
function geoRadiusKeys(request: RequestView, into: KeyPositions): number {
  into[0] = 1;
  let found = 1;
  for (let at = 5; at + 1 < request.count; at++) {
    if (!isWord(request, at, 'store') && !isWord(request, at, 'storedist')) continue;
    at++;
    into[1] = at;
    found = 2;
  }
  return found;
}

/**
 * MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password | AUTH2 user password]
 * [KEYS key …].
 */
function migrateKeys(request: RequestView, into: KeyPositions): number {
  for (let at = 6; at < request.count; at++) {
    if (!isWord(request, at, 'keys')) {
      at += Math.max(0, valuesOf(MIGRATE_OPTIONS, request, at));
      continue;
    }
    return isEmpty(request, 3) ? writeRun(at + 1, request.count - at - 1, into) : 0;
  }
  return writeRun(3, 1, into);
}

/** XREAD[GROUP] [GROUP group consumer] [COUNT n] [BLOCK ms] [NOACK] STREAMS key … id … */
function streamKeys(request: RequestView, into: KeyPositions, streamsAtLeast: number): number {
  for (let at = 1; at < request.count; at++) {
    if (isWord(request, at, 'streams')) {
      const rest = request.count - at - 1;
      const isWellFormed = at >= streamsAtLeast && rest % 2 === 0;
      return isWellFormed ? writeRun(at + 1, rest / 2, into) : 0;
    }
    const skipped = valuesOf(READ_OPTIONS, request, at);
    if (skipped < 0) return 0;
    at += skipped;
  }
  return 0;
}

function writeRun(first: number, length: number, into: KeyPositions): number {
  for (let i = 0; i < length; i++) into[i] = first + i;
  return length;
}

/** How many values follow the option at `position`; -1 when it is none of the options. */
function valuesOf(options: Options, request: RequestView, position: number): number {
  for (const name in options) {
    if (isWord(request, position, name)) return options[name]!;
  }
  return -1;
}
