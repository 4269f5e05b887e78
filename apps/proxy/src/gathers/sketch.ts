/**
 * HyperLogLogs as the servers keep them in strings (hyperloglog.c): 16384 registers, of which a union takes the greater
 * ones, and the estimate of how many elements there are (O. Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches", arXiv:1702.01284, section 4: it is the formula with tau and sigma).
 *
 *     "HYLL" | encoding | 3 unused | 8: the last estimate | registers
 *     dense    6 bits each, from the low bits of each byte on
 *     sparse   00nnnnnn  n + 1 zeros;  01nnnnnn nnnnnnnn  n + 1 zeros;  1vvvvvnn  n + 1 times v + 1
 */
const REGISTERS = 16_384;
const REGISTER_BITS = 6;
const HEAD_BYTES = 16;
const DENSE_BYTES = HEAD_BYTES + (REGISTERS * REGISTER_BITS) / 8;
const DENSE = 0;
const SPARSE = 1;
/** The greatest value of a register is one more than the bits of a hash that do not choose the register. */
const HASH_BITS = 50;
const ALPHA = 0.72134752044448170368;
const MAGIC = 'HYLL';

export type Registers = Uint8Array;

export function newRegisters(): Registers {
  return new Uint8Array(REGISTERS);
}

export type Merge = 'merged' | 'noSketch' | 'corrupted';

/** Puts what `text` (a character per byte) has seen into `registers`. */
export function mergeSketch(registers: Registers, text: string): Merge {
  const bytes = Buffer.from(text, 'latin1');
  const encoding = bytes[MAGIC.length];
  if (bytes.length < HEAD_BYTES || !text.startsWith(MAGIC)) return 'noSketch';
  if (encoding === SPARSE) return mergeSparse(registers, bytes) ? 'merged' : 'corrupted';
  if (encoding !== DENSE || bytes.length !== DENSE_BYTES) return 'noSketch';
  mergeDense(registers, bytes);
  return 'merged';
}

export function estimate(registers: Registers): number {
  const counts = new Float64Array(2 ** REGISTER_BITS);
  for (const value of registers) counts[value]!++;
  let z = REGISTERS * tau((REGISTERS - counts[HASH_BITS + 1]!) / REGISTERS);
  for (let value = HASH_BITS; value >= 1; value--) z = (z + counts[value]!) * 0.5;
  z += REGISTERS * sigma(counts[0]! / REGISTERS);
  return Math.round((ALPHA * REGISTERS * REGISTERS) / z);
}

function mergeDense(registers: Registers, bytes: Uint8Array): void {
  for (let index = 0; index < REGISTERS; index++) {
    const bit = index * REGISTER_BITS;
    const at = HEAD_BYTES + (bit >> 3);
    const both = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
    raise(registers, index, (both >> (bit & 7)) & 63);
  }
}

/** False: it has other than 16384 registers. */
function mergeSparse(registers: Registers, bytes: Uint8Array): boolean {
  let index = 0;
  for (let at = HEAD_BYTES; at < bytes.length; at++) {
    const code = bytes[at]!;
    if ((code & 0xc0) === 0) index += (code & 63) + 1;
    else if ((code & 0x80) === 0) index += (((code & 63) << 8) | (bytes[++at] ?? 0)) + 1;
    else {
      const value = ((code >> 2) & 31) + 1;
      for (let left = (code & 3) + 1; left > 0; left--) raise(registers, index++, value);
    }
    if (index > REGISTERS) return false;
  }
  return index === REGISTERS;
}

function raise(registers: Registers, index: number, value: number): void {
  if (value > registers[index]!) registers[index] = value;
}

function sigma(x: number): number {
  if (x === 1) return Infinity;
  let power = x;
  let factor = 1;
  let z = x;
  for (let former = NaN; former !== z; factor += factor) {
    power *= power;
    former = z;
    z += power * factor;
  }
  return z;
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let factor = 1;
  let z = 1 - x;
  for (let former = NaN; former !== z;) {
    root = Math.sqrt(root);
    former = z;
    factor *= 0.5;
    z -= (1 - root) ** 2 * factor;
  }
  return z / 3;
}
