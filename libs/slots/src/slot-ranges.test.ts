import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SLOT_COUNT } from './key-slot.ts';
import { formatSlots, parseSlots, SlotsError } from './slot-ranges.ts';

const slot = fc.integer({ min: 0, max: SLOT_COUNT - 1 });

describe('parseSlots', () => {
  it.each([
    ['nothing', '', []],
    ['one slot', '9000', [{ start: 9000, end: 9000 }]],
    ['the whole space', '0-16383', [{ start: 0, end: 16383 }]],
    [
      'spaces and any order',
      ' 9000 , 0-5460',
      [
        { start: 0, end: 5460 },
        { start: 9000, end: 9000 },
      ],
    ],
    ['neighbours as one range', '4-5,3,0-2', [{ start: 0, end: 5 }]],
  ])('reads %s', (_name, text, ranges) => expect(parseSlots(text)).toEqual(ranges));

  it.each([
    ['16384', 'Cannot read slots: got 16384, want slots from 0 to 16383'],
    ['0-99999', 'Cannot read slots: got 0-99999, want slots from 0 to 16383'],
    ['5-4', 'Cannot read slots: got 5-4, want a range that starts at its lower slot'],
    ['0-5,5-9', 'Cannot read slots: 5-9 overlaps 0-5, want each once'],
    ['7,0-9', 'Cannot read slots: 7 overlaps 0-9, want each once'],
    ['1,,2', 'Cannot read slots: got "", want a slot or a range such as 0-5460'],
    ['-1', 'Cannot read slots: got "-1", want a slot or a range such as 0-5460'],
    ['0x10', 'Cannot read slots: got "0x10", want a slot or a range such as 0-5460'],
    ['1-2-3', 'Cannot read slots: got "1-2-3", want a slot or a range such as 0-5460'],
    ['1.5', 'Cannot read slots: got "1.5", want a slot or a range such as 0-5460'],
  ])('refuses %j', (text, message) => {
    expect(() => parseSlots(text)).toThrow(SlotsError);
    expect(() => parseSlots(text)).toThrow(message);
  });
});

describe('formatSlots', () => {
  it.each([
    ['nothing', [], ''],
    ['single slots as ranges', [3, 1, 2, 9, 2], '1-3,9'],
    [
      'overlapping ranges once',
      [
        { start: 5, end: 9 },
        { start: 0, end: 6 },
        { start: 1, end: 2 },
      ],
      '0-9',
    ],
    ['a mix of both', [{ start: 0, end: 5460 }, 9000], '0-5460,9000'],
  ])('writes %s', (_name, slots, text) => expect(formatSlots(slots)).toBe(text));

  it('leaves its arguments as they are', () => {
    const ranges = [
      { start: 0, end: 1 },
      { start: 2, end: 3 },
    ];
    formatSlots(ranges);
    expect(ranges).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 3 },
    ]);
  });

  it('is undone by parseSlots, for any set of slots', () => {
    fc.assert(
      fc.property(fc.uniqueArray(slot, { maxLength: 200 }), (slots) => {
        const ranges = parseSlots(formatSlots(slots));
        const back = ranges.flatMap(({ start, end }) =>
          Array.from({ length: end - start + 1 }, (_, i) => start + i),
        );
        expect(back).toEqual(slots.toSorted((a, b) => a - b));
        expect(formatSlots(ranges)).toBe(formatSlots(slots));
      }),
    );
  });

  it('writes one text per set, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.array(slot),
        (slots) => formatSlots(slots) === formatSlots(slots.toReversed()),
      ),
    );
  });
});
