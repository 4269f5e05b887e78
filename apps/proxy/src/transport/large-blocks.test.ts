import { describe, expect, it } from 'vitest';
import { LargeBlocks } from './large-blocks.ts';

const KB = 1024;

describe('LargeBlocks', () => {
  it('gives memory again for whatever fits into it about', () => {
    const blocks = new LargeBlocks(16 * KB, 1024 * KB);
    const memory = blocks.take(100 * KB);
    expect(memory.length).toBe(112 * KB);
    blocks.give(memory);
    expect(blocks.take(96 * KB)).not.toBe(memory);
    expect(blocks.take(96 * KB + 1)).toBe(memory);
    expect(blocks.take(96 * KB + 1)).not.toBe(memory);
  });

  it.each([
    [1, 1],
    [16 * KB - 1, 16 * KB - 1],
    [16 * KB, 16 * KB],
    [16 * KB + 1, 20 * KB],
    [20 * KB + 1, 24 * KB],
    [24 * KB + 1, 28 * KB],
    [28 * KB + 1, 32 * KB],
    [32 * KB + 1, 40 * KB],
    [16 * KB * KB, 16 * KB * KB],
    [16 * KB * KB + 1, 16 * KB * KB + 1],
  ])('takes for %d bytes %d', (bytes, want) => {
    expect(new LargeBlocks(16 * KB, 0).take(bytes).length).toBe(want);
  });

  it('keeps no more than it may, and nothing that it would not give', () => {
    const blocks = new LargeBlocks(16 * KB, 100 * KB);
    const [first, second] = [blocks.take(64 * KB), blocks.take(64 * KB)];
    blocks.give(first);
    blocks.give(second);
    expect(blocks.take(64 * KB)).toBe(first);
    expect(blocks.take(64 * KB)).not.toBe(second);
    const odd = new Uint8Array(30 * KB);
    blocks.give(odd);
    expect(blocks.take(28 * KB)).not.toBe(odd);
  });
});
