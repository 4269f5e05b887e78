import { describe, expect, it } from 'vitest';
import { EventMemory, type EventFacts } from './event-memory.ts';

const MINUTE_MS = 60_000;
const facts: EventFacts = { type: 'Normal', reason: 'Ready', message: 'all shards are up' };
const event = { name: 'x.1', count: 1, firstMs: 0, lastMs: 0 };

describe('an EventMemory', () => {
  it.each([
    ['the same', { uid: 'one', facts, nowMs: 10 * MINUTE_MS }, event],
    ['the same after too long', { uid: 'one', facts, nowMs: 10 * MINUTE_MS + 1 }, undefined],
    ['another object', { uid: 'two', facts, nowMs: 0 }, undefined],
    ['another type', { uid: 'one', facts: { ...facts, type: 'Warning' }, nowMs: 0 }, undefined],
    ['another reason', { uid: 'one', facts: { ...facts, reason: 'X' }, nowMs: 0 }, undefined],
    ['another message', { uid: 'one', facts: { ...facts, message: 'x' }, nowMs: 0 }, undefined],
  ])('finds an event again only for the same: %s', (_name, asked, want) => {
    const memory = new EventMemory();
    memory.remember('one', facts, event);
    expect(memory.find(asked.uid, asked.facts as EventFacts, asked.nowMs)).toEqual(want);
  });

  it('lets each object say 25 things at once, and one more every five minutes', () => {
    const memory = new EventMemory();
    const admitted = (uid: string, nowMs: number): number =>
      Array.from({ length: 40 }, () => memory.admit(uid, nowMs)).filter(Boolean).length;
    expect(admitted('one', 0)).toBe(25);
    expect(admitted('two', 0)).toBe(25);
    expect(admitted('one', 5 * MINUTE_MS - 1)).toBe(0);
    expect(admitted('one', 5 * MINUTE_MS)).toBe(1);
    expect(admitted('one', 15 * MINUTE_MS)).toBe(2);
    expect(admitted('one', 15 * MINUTE_MS - 10_000)).toBe(0);
    expect(admitted('one', 100 * 60 * MINUTE_MS)).toBe(25);
  });
});
