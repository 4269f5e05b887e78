/**
 * Slot ranges as people and records write them: `"0-5460,9000"`, both ends included. A range list
 * that leaves this file is sorted, disjoint and merged, so that two lists are the same set exactly
 * when they are the same text.
 */
import { SLOT_COUNT } from './key-slot.ts';

export type SlotRange = { start: number; end: number };

/** A text that is not a list of slots; `code` lets callers tell it from a bug. */
export class SlotsError extends Error {
  override readonly name = 'SlotsError';
  readonly code = 'SLOTS_INVALID';
}

const RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/;

/**
 * Reads `"0-5460,9000"`, in any order; the empty text is the empty list. A slot that is named twice
 * is an error.
 */
export function parseSlots(text: string): SlotRange[] {
  if (text.trim() === '') return [];
  const ranges = text.split(',').map(parseRange);
  ranges.sort((a, b) => a.start - b.start);
  return merge(ranges);
}

/** Writes ranges or single slots, in any order and with repeats, in the one canonical form. */
export function formatSlots(slots: Iterable<SlotRange | number>): string {
  const ranges = Array.from(slots, toRange).sort((a, b) => a.start - b.start);
  const merged: SlotRange[] = [];
  for (const { start, end } of ranges) {
    const last = merged.at(-1);
    if (last && start <= last.end + 1) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged.map(formatRange).join(',');
}

function parseRange(text: string): SlotRange {
  const match = RANGE.exec(text.trim());
  if (!match) {
    throw new SlotsError(
      `Cannot read slots: got ${JSON.stringify(text)}, want a slot or a range such as 0-5460`,
    );
  }
  const start = Number(match[1]);
  const end = Number(match[2] ?? match[1]);
  if (Math.max(start, end) >= SLOT_COUNT) {
    throw new SlotsError(
      `Cannot read slots: got ${text.trim()}, want slots from 0 to ${SLOT_COUNT - 1}`,
    );
  }
  if (start > end) {
    throw new SlotsError(
      `Cannot read slots: got ${text.trim()}, want a range that starts at its lower slot`,
    );
  }
  return { start, end };
}

function merge(sorted: SlotRange[]): SlotRange[] {
  const merged: SlotRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last && range.start <= last.end) {
      throw new SlotsError(
        `Cannot read slots: ${formatRange(range)} overlaps ${formatRange(last)}, want each once`,
      );
    }
    if (last && range.start === last.end + 1) last.end = range.end;
    else merged.push(range);
  }
  return merged;
}

function toRange(slot: SlotRange | number): SlotRange {
  return typeof slot === 'number' ? { start: slot, end: slot } : slot;
}

function formatRange({ start, end }: SlotRange): string {
  return start === end ? String(start) : `${start}-${end}`;
}
