/** How each RESP2 and RESP3 type is laid out: what its first byte says about the rest. */
export const LAYOUT_LINE = 1;
/** A length, then as many bytes and CRLF. */
export const LAYOUT_BLOB = 2;
/** A count, then as many replies. */
export const LAYOUT_ITEMS = 3;
/** A count, then twice as many replies. */
const LAYOUT_PAIRS = 4;
/** As pairs, but it stands before a reply and is none itself. */
export const LAYOUT_ATTRIBUTE = 5;

const TYPES: readonly (readonly [layout: number, types: string])[] = [
  [LAYOUT_LINE, '+-:_#,('],
  [LAYOUT_BLOB, '$=!'],
  [LAYOUT_ITEMS, '*~>'],
  [LAYOUT_PAIRS, '%'],
  [LAYOUT_ATTRIBUTE, '|'],
];

/** Layout by first byte; 0: no type of ours. */
export const LAYOUTS = new Uint8Array(256);
for (const [layout, types] of TYPES) for (const type of types) LAYOUTS[type.charCodeAt(0)] = layout;

export const ATTRIBUTE = 0x7c;

export function unknownTypeText(byte: number): string {
  const isStreamed = byte === 0x3b || byte === 0x2e; // ; and . are parts of streamed types
  if (isStreamed) return 'Cannot read reply: got a part of a streamed type, want none';
  const type = JSON.stringify(String.fromCharCode(byte));
  return `Cannot read reply: got type ${type}, want a RESP type`;
}

/** Why a length or count of a reply is refused. */
export function wrongLengthText(type: number, length: string | number): string {
  const name = String.fromCharCode(type);
  if (length === '?') return `Cannot read reply: got a streamed '${name}', want none`;
  return `Cannot read reply: got length ${JSON.stringify(length)} after '${name}', want a number in range`;
}

/** Reads the length -1 of the RESP2 nulls: `$-1` and `*-1`. */
export const isNullLength = (type: number, text: string): boolean =>
  text === '-1' && (type === 0x24 || type === 0x2a);
