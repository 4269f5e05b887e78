/**
 * What all clients of this process may hold together: requests that are not whole or wait, replies that wait or are not
 * read. Each client has limits of its own; many clients at their limits, or replies that turn out large when they were
 * asked for long ago, can be too much all the same. Then the client that holds most is closed, and the next, until the
 * rest fits. A connection to a server is never closed for it: that would hurt everybody.
 *
 * Memory grows by what is read, so the clients are counted after so many bytes read, not so often a second.
 */
import type { Logger } from '@keyfleet/runtime';
import type { Counters } from '../admin/counters.ts';
import type { Turn, TurnTask } from '../turn.ts';

/** How far what is held can outgrow the budget before it is seen: a sixteenth. */
const CHECKS_PER_BUDGET = 16;

export interface Holder {
  readonly id: number;
  readonly heldBytes: number;
  readonly facts: { readonly isNotEvicted: boolean };
  /** Gives up what it holds and closes; tells its client `because`, where nothing is half said. */
  shed(because: string): void;
}

export type BudgetEnv = {
  bytesMax: number;
  turn: Turn;
  log: Logger;
  counters: Counters;
  holders: () => Iterable<Holder>;
};

export class MemoryBudget implements TurnTask {
  queued = false;
  readonly #env: BudgetEnv;
  #readBytes = 0;

  constructor(env: BudgetEnv) {
    this.#env = env;
  }

  /** From now on. */
  set bytesMax(bytes: number) {
    this.#env.bytesMax = bytes;
  }

  /** Bytes came from a client or a server. */
  noteRead(bytes: number): void {
    this.#readBytes += bytes;
    if (this.#readBytes * CHECKS_PER_BUDGET > this.#env.bytesMax) this.#env.turn.atEnd(this);
  }

  runTurn(): void {
    this.#readBytes = 0;
    const { bytesMax, holders } = this.#env;
    let heldBytes = 0;
    for (const holder of holders()) heldBytes += holder.heldBytes;
    if (heldBytes <= bytesMax) return;
    const largest = [...holders()]
      .filter(({ facts }) => !facts.isNotEvicted)
      .map((holder) => ({ holder, bytes: holder.heldBytes }))
      .sort((a, b) => b.bytes - a.bytes);
    for (const { holder, bytes } of largest) {
      if (heldBytes <= bytesMax) return;
      heldBytes -= bytes;
      this.#shed(holder, bytes);
    }
  }

  #shed(holder: Holder, bytes: number): void {
    const { bytesMax, counters, log } = this.#env;
    counters.clientsShed++;
    log.warn(
      { client: holder.id, heldBytes: bytes, maxMemory: bytesMax },
      'client closed: it held most when the memory for clients was used up',
    );
    holder.shed(
      `this connection is closed: it held most, ${bytes} bytes, of what all may hold, ${bytesMax} bytes (max-memory)`,
    );
  }
}
