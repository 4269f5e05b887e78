/**
 * Slots that have another owner while the former one still owes replies. Requests for such a slot may be among those:
 * they are about to be refused, and to go to the new owner. A client that waits for replies sends nothing to the new owner before
 * that, or its requests would change places.
 */
import { SLOT_COUNT } from '@keyfleet/slots';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';

export class MovingSlots {
  /** By slot: how many moves it waits for. */
  readonly #moves = new Uint16Array(SLOT_COUNT);

  has(slot: number): boolean {
    return this.#moves[slot]! > 0;
  }

  /** `onOver` gets those that move no more, when all that is owed now on `owing` is answered. */
  begin(
    slots: readonly number[],
    owing: readonly UpstreamConnection[],
    onOver: (slots: number[]) => void,
  ): void {
    let left = owing.length;
    if (left === 0) return;
    for (const slot of slots) this.#moves[slot]!++;
    const done = (): void => {
      if (--left > 0) return;
      for (const slot of slots) this.#moves[slot]!--;
      onOver(slots.filter((slot) => !this.has(slot)));
    };
    for (const connection of owing) connection.whenAnswered(done);
  }
}
