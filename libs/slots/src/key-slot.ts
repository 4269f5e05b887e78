/**
 * The hash slot of a key: CRC16/XMODEM modulo 16384, over the hash tag where the key has one. It
 * mirrors `keyHashSlot` in Redis' cluster.c: the tag lies between the *first* `{` and the first `}`
 * after it, and an empty tag counts as none.
 */

export const SLOT_COUNT = 16384;

const CRC16_POLYNOMIAL = 0x1021;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const crc16Table = makeCrc16Table();

/**
 * The slot of the key at bytes[start, end). Runs once per key of every request: it neither copies
 * nor allocates, and goes over a key without a brace once.
 */
export function keySlot(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === OPEN_BRACE) return slotOfTagged(bytes, start, end, at);
    crc = ((crc << 8) & 0xffff) ^ crc16Table[(crc >>> 8) ^ byte]!;
  }
  return crc & (SLOT_COUNT - 1);
}

/** `open`: the position of the first `{`. */
function slotOfTagged(bytes: Uint8Array, start: number, end: number, open: number): number {
  let close = open + 1;
  while (close < end && bytes[close] !== CLOSE_BRACE) close++;
  const hasTag = close < end && close > open + 1;
  return hasTag ? crcSlot(bytes, open + 1, close) : crcSlot(bytes, start, end);
}

function crcSlot(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at++) {
    crc = ((crc << 8) & 0xffff) ^ crc16Table[(crc >>> 8) ^ bytes[at]!]!;
  }
  return crc & (SLOT_COUNT - 1);
}

function makeCrc16Table(): Uint16Array {
  const table = new Uint16Array(256);
  for (let byte = 0; byte < table.length; byte++) {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? (crc << 1) ^ CRC16_POLYNOMIAL : crc << 1;
    }
    table[byte] = crc;
  }
  return table;
}
