import { describe, expect, it } from 'vitest';
import { nameRefusal } from './refusals.ts';

const told = (reply: Uint8Array | null) => reply && Buffer.from(reply).toString();

describe('a name', () => {
  it.each([
    ['channel', 65_536, '-ERR a channel name may have 65536 bytes\r\n'],
    ['pattern', 4096, '-ERR a pattern may have 4096 bytes\r\n'],
    ['shardChannel', 65_536, '-ERR a channel name may have 65536 bytes\r\n'],
  ] as const)('of a %s may have %i bytes', (kind, most, error) => {
    expect(nameRefusal(kind, 'a'.repeat(most))).toBeNull();
    expect(told(nameRefusal(kind, 'a'.repeat(most + 1)))).toBe(error);
  });

  it('of the platform is refused', () => {
    expect(told(nameRefusal('pattern', '__keyfleet:*'))).toMatch(/reserved/);
  });
});
