import { createLogger } from '@keyfleet/runtime';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Counters } from '../admin/counters.ts';
import { Turn } from '../turn.ts';
import { MemoryBudget, type Holder } from './memory-budget.ts';

/** Clients that hold so much, and those of them that were shed when so much was read. */
function shedOf(
  held: readonly number[],
  bytesMax: number,
  readBytes: number,
  spared: readonly number[] = [],
) {
  const shed: number[] = [];
  const holders = held.map((heldBytes, id): Holder & { heldBytes: number } => ({
    id,
    heldBytes,
    facts: { isNotEvicted: spared.includes(id) },
    shed() {
      shed.push(id);
      this.heldBytes = 0;
    },
  }));
  const turns: (() => void)[] = [];
  const counters = new Counters();
  const budget = new MemoryBudget({
    bytesMax,
    turn: new Turn(
      (run) => turns.push(run),
      () => 0,
    ),
    log: createLogger('test', 'silent'),
    counters,
    holders: () => holders,
  });
  budget.noteRead(readBytes);
  for (const run of turns.splice(0)) run();
  expect(counters.clientsShed).toBe(shed.length);
  return { shed, left: holders.reduce((sum, { heldBytes }) => sum + heldBytes, 0) };
}

it.each([
  ['nobody while all fits', [10, 20, 70], []],
  ['the one that holds most', [10, 61, 30], [1]],
  ['as many as it takes, the largest first', [90, 80, 70, 10], [0, 1]],
  ['one that alone holds more than all may', [101], [0]],
])('sheds %s', (_name, held, want) => {
  expect(shedOf(held, 100, 100).shed).toEqual(want);
});

it('looks when a sixteenth of the budget was read, not before', () => {
  expect(shedOf([1000], 160, 10).shed).toEqual([]);
  expect(shedOf([1000], 160, 11).shed).toEqual([0]);
});

it('leaves no more than the budget, and sheds none that is smaller than one it keeps', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 100 })),
      fc.integer({ min: 1, max: 500 }),
      (held, bytesMax) => {
        const { shed, left } = shedOf(held, bytesMax, bytesMax);
        expect(left).toBeLessThanOrEqual(bytesMax);
        const kept = held.filter((_, id) => !shed.includes(id));
        const smallestShed = Math.min(...shed.map((id) => held[id]!));
        if (shed.length > 0) expect(Math.max(0, ...kept)).toBeLessThanOrEqual(smallestShed);
      },
    ),
  );
});

it('spares who asked not to be closed (CLIENT NO-EVICT)', () => {
  expect(shedOf([200, 60, 50], 100, 100, [0]).shed).toEqual([1, 2]);
});
