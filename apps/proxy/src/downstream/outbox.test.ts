import { describe, expect, it } from 'vitest';
import { BlockPool } from '../transport/blocks.ts';
import type { Connection } from '../transport/transport.ts';
import { Outbox } from './outbox.ts';

/** What is written, and whether it is kept. */
type Written = { readonly text: string; readonly isKept: boolean; readonly bytes: Uint8Array };

function outboxTo(written: Written[]) {
  const blocks = { small: new BlockPool(4, 4), large: new BlockPool(8, 4) };
  const write: Connection['write'] = (bytes, start, end, isKept = false) => {
    const text = Buffer.from(bytes.subarray(start, end)).toString();
    written.push({ text, isKept, bytes });
  };
  return { outbox: new Outbox(blocks), blocks, connection: { write } as Connection };
}

describe('what goes out', () => {
  it('is in order, and what is kept is not copied', () => {
    const written: Written[] = [];
    const { outbox, connection } = outboxTo(written);
    const kept = Buffer.from('kept');
    outbox.append(Buffer.from('ab'), 0, 2);
    outbox.appendWhole(kept, true);
    outbox.append(Buffer.from('cd'), 0, 2);
    outbox.appendWhole(Buffer.from('ef'), false);
    expect(outbox.waitingBytes).toBe(10);
    outbox.flush(connection);
    expect(written.map(({ text, isKept }) => [text, isKept])).toEqual([
      ['ab', false],
      ['kept', true],
      ['cdef', false],
    ]);
    expect(written[1]!.bytes).toBe(kept);
    expect(outbox.waitingBytes).toBe(0);
  });

  it('is no block for others when somebody keeps it', () => {
    const { outbox, blocks } = outboxTo([]);
    const kept = Buffer.alloc(8);
    outbox.appendWhole(kept, true);
    outbox.clear();
    expect(blocks.large.take(8)).not.toBe(kept);
  });
});
