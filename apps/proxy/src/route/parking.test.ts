import { describe, expect, it } from 'vitest';
import { Parking, type Parkable } from './parking.ts';

class Guest implements Parkable {
  readonly parkedBytes: number;
  readonly heard: string[] = [];
  parkDeadlineMs: number | null = null;
  constructor(bytes = 10) {
    this.parkedBytes = bytes;
  }
  unpark(): void {
    this.heard.push('go on');
  }
  failParked(error: Uint8Array): void {
    this.heard.push(Buffer.from(error).toString());
  }
}

const limits = { holdQueueMs: 100, holdQueueMax: 3, holdQueueBytesMax: 100 };
const late = Buffer.from('late');
const gone = Buffer.from('gone');

describe('Parking', () => {
  it('takes as many as it may, and no more', () => {
    const parking = new Parking(limits);
    const guests = [1, 2, 3, 4].map(() => new Guest());
    expect(guests.map((guest) => parking.park(guest, 0, late))).toEqual([true, true, true, false]);
  });

  it('takes as many bytes as it may, and has room again when one leaves', () => {
    const parking = new Parking(limits);
    const [large, small] = [new Guest(95), new Guest(10)];
    expect([parking.park(large, 0, late), parking.park(small, 0, late)]).toEqual([true, false]);
    parking.leave(large);
    expect(parking.park(small, 0, late)).toBe(true);
  });

  it('answers those whose time is over with their own error, and only those', () => {
    const parking = new Parking(limits);
    const [first, second] = [new Guest(), new Guest()];
    parking.park(first, 0, late);
    parking.park(second, 50, late);
    parking.expire(99);
    expect(first.heard).toEqual([]);
    parking.expire(100);
    expect([first.heard, second.heard, parking.length]).toEqual([['late'], [], 1]);
  });

  it('wakes or fails all of them, once', () => {
    const parking = new Parking(limits);
    const guest = new Guest();
    parking.park(guest, 0, late);
    parking.wakeAll();
    parking.park(guest, 0, late);
    parking.failAll(gone);
    parking.failAll(gone);
    parking.wakeAll();
    expect(guest.heard).toEqual(['go on', 'gone']);
  });

  it('keeps the time of a command that is woken and parked again', () => {
    const parking = new Parking(limits);
    const guest = new Guest();
    parking.park(guest, 0, late);
    parking.wakeAll();
    parking.park(guest, 90, late);
    parking.expire(100);
    expect(guest.heard).toEqual(['go on', 'late']);
  });

  it('lets one that is woken park again without waking it again', () => {
    const parking = new Parking(limits);
    const guest = new Guest();
    guest.unpark = () => {
      guest.heard.push('again');
      parking.park(guest, 0, late);
    };
    parking.park(guest, 0, late);
    parking.wakeAll();
    expect([guest.heard, parking.length]).toEqual([['again'], 1]);
  });
});
