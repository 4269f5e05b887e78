const NAMED: Readonly<Record<number, string>> = {
  0x07: '\\a',
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0d: '\\r',
  0x22: '\\"',
  0x5c: '\\\\',
};

/** Bytes between quotes, as Redis shows them (sds.c `sdscatrepr`). */
export function quoted(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) text += NAMED[byte] ?? plainOrHex(byte);
  return `${text}"`;
}

function plainOrHex(byte: number): string {
  const isPrintable = byte >= 0x20 && byte < 0x7f;
  return isPrintable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}
