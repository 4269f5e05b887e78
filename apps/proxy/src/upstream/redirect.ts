/**
 * What a node of a Redis Cluster says instead of doing what it was asked: another has the slot, or it cannot now. None of
 * it was executed, so also a write may be sent again.
 */
import { SLOT_COUNT } from '@keyfleet/slots';

/** Where another node is; an empty host is that of the node that says so. */
type Elsewhere = { readonly slot: number; readonly host: string; readonly port: number };

export type Redirect =
  | ({ readonly kind: 'moved' | 'ask' } & Elsewhere)
  /** Nobody else has it: it may be possible soon. */
  | { readonly kind: 'later'; readonly code: string };

/** The longest that is looked at: a host name has at most 253 characters. */
const LINE_BYTES_MAX = 320;
const PORT_MAX = 65_535;
/** Of the codes below. */
const FIRST_BYTES = Buffer.from('ACLMRT');

/** Of cluster.c `clusterRedirectClient`, server.c `processCommand`. */
const later: ReadonlySet<string> = new Set([
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'READONLY',
  'TRYAGAIN',
]);
/** A script may well answer with a TRYAGAIN of its own, after it did something. */
const TRYAGAIN_TEXT = 'TRYAGAIN Multiple keys request during rehashing of slot';

/** Of the error in `bytes[start, end)`, with its line end; null: it is about the command. */
export function readRedirect(bytes: Uint8Array, start: number, end: number): Redirect | null {
  // ERR, WRONGTYPE and most others need no text made of them.
  if (!FIRST_BYTES.includes(bytes[start + 1]!) || end - start > LINE_BYTES_MAX) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start + 1, end - start - 3).toString(
    'latin1',
  );
  const code = text.split(' ', 1)[0]!;
  if (code === 'MOVED') return elsewhere('moved', text);
  if (code === 'ASK') return elsewhere('ask', text);
  if (!later.has(code)) return null;
  return code === 'TRYAGAIN' && text !== TRYAGAIN_TEXT ? null : { kind: 'later', code };
}

/** `MOVED 3999 127.0.0.1:6381`; an IPv6 address has no brackets there, or some. */
function elsewhere(kind: 'moved' | 'ask', text: string): Redirect | null {
  const found = /^\S+ (\d{1,5}) (\S*):(\d{1,5})$/.exec(text);
  if (found === null) return null;
  const [, slotText, hostText, portText] = found;
  const [slot, port] = [Number(slotText), Number(portText)];
  if (slot >= SLOT_COUNT || port === 0 || port > PORT_MAX) return null;
  return { kind, slot, port, host: hostText!.replace(/^\[(.*)\]$/, '$1') };
}
