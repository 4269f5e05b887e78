/** As Redis reads numbers (util.c `string2ll`): no sign of plus, no zeros before it, 64 bits. */
export function isInteger64(text: string): boolean {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return false;
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
