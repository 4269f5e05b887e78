/**
 * SORT reads the keys that its BY and GET patterns make of the elements. On several shards they have to be where the
 * sorted key is: known only of a pattern whose hash tag is whole before its first `*`, which is what an element replaces.
 * Redis does the same in cluster mode since 7.4 (sort.c `sortCommandGeneric`); before, it denies all patterns.
 */
import { encode, type RequestFramer } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import { argumentText } from './argument-text.ts';
import { wordTable } from './word-table.ts';

const DENIED = {
  by: encode.errorReply(
    'ERR BY option of SORT denied in cluster mode when keys formed by the pattern may be in different slots.',
  ),
  get: encode.errorReply(
    'ERR GET option of SORT denied in cluster mode when keys formed by the pattern may be in different slots.',
  ),
} as const;

/** How many arguments an option takes, itself included. */
const options = wordTable({ by: 2, get: 2, limit: 3, store: 2 });

const encoder = new TextEncoder();

/** The error of a request with patterns that may lead elsewhere; null: it has none such. */
export function sortRefusal(request: RequestFramer): Uint8Array | null {
  const { bytes, offsets } = request;
  const slot = keySlot(bytes, offsets[2]!, offsets[3]!);
  for (let at = 2; at + 1 < request.count;) {
    const option = argumentText(request, at).toLowerCase();
    if ((option === 'by' || option === 'get') && mayLeave(slot, argumentText(request, at + 1)))
      return DENIED[option];
    at += options.get(option) ?? 1;
  }
  return null;
}

/** Without a `*` no key is read: `GET #` is the element itself, and `BY nosort` is no order. */
function mayLeave(slot: number, pattern: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return false;
  const tagged = encoder.encode(pattern.slice(0, star));
  const hasTag = /^[^{]*\{[^}]+\}/.test(pattern.slice(0, star));
  return !hasTag || keySlot(tagged, 0, tagged.length) !== slot;
}
