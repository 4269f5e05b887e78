import { expect, it } from 'vitest';
import { lengthBytes, writeLength } from './write-length.ts';

it.each([0, 1, 9, 10, 99, 100, 1_048_576, 2 ** 40])('writes %d as text would be', (value) => {
  const into = new Uint8Array(20).fill(0x2e);
  const end = writeLength(into, 2, 0x2a, value);
  expect(end - 2).toBe(lengthBytes(value));
  expect(new TextDecoder().decode(into.subarray(0, end + 1))).toBe(`..*${value}\r\n.`);
});
