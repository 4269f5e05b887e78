import { describe, expect, it } from 'vitest';
import { InFlightRoom } from './in-flight-room.ts';

const limits = { inFlightMax: 1000, inFlightBytesMax: 10_000_000 };
const of = (length: number, bytes = 0): { length: number; bytes: number } => ({ length, bytes });

describe('the room for requests in flight', () => {
  it('ends at its bounds, and is worth telling of when half is free', () => {
    const room = new InFlightRoom(limits);
    expect([room.isThere(of(999)), room.wasFull]).toEqual([true, false]);
    expect([room.isThere(of(1000)), room.isThere(of(1, 10_000_000)), room.wasFull]).toEqual([false, false, true]);
    expect([room.isAgain(of(501)), room.isAgain(of(0, 5_000_001)), room.wasFull]).toEqual([false, false, true]);
    expect([room.isAgain(of(500, 5_000_000)), room.wasFull]).toEqual([true, false]);
  }); // prettier-ignore

  it('begins small after a fault, and doubles as it is used', () => {
    const room = new InFlightRoom(limits);
    room.startSmall();
    const seen: number[] = [];
    for (let n = 0; n < 6; n++) {
      let length = 0;
      while (room.isThere(of(length))) length++;
      seen.push(length);
      expect(room.isAgain(of(0))).toBe(true);
    }
    expect(seen).toEqual([64, 128, 256, 512, 1000, 1000]);
  });

  it('is not larger for beginning small', () => {
    const room = new InFlightRoom({ inFlightMax: 8, inFlightBytesMax: 1024 });
    room.startSmall();
    expect([room.isThere(of(8)), room.isThere(of(1, 1024)), room.isThere(of(7, 1023))]).toEqual([false, false, true]);
  }); // prettier-ignore

  it('is none while it is held', () => {
    const room = new InFlightRoom(limits);
    room.hold();
    expect([room.isThere(of(0)), room.wasFull, room.isHeld]).toEqual([false, true, true]);
    room.free();
    expect([room.isThere(of(0)), room.wasFull]).toEqual([true, false]);
  });
});
