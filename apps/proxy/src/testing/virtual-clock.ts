import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '@keyfleet/runtime';

type Sleeper = { readonly untilMs: number; readonly wake: () => void };

/** Stands until it is moved, and then stops at each moment that somebody sleeps until. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  wallMs = (): number => this.#nowMs;

  monotonicMs = (): number => this.#nowMs;

  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const sleeper = { untilMs: this.#nowMs + Math.max(0, ms), wake: () => resolve(undefined) };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', sleeper.wake, { once: true });
    await promise;
    this.#sleepers.delete(sleeper);
    signal?.removeEventListener('abort', sleeper.wake);
  };

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (let next = this.#nextUntil(endMs); next; next = this.#nextUntil(endMs)) {
      this.#nowMs = next.untilMs;
      this.#sleepers.delete(next);
      next.wake();
      await settled();
    }
    this.#nowMs = endMs;
    await settled();
  }

  #nextUntil(endMs: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter(({ untilMs }) => untilMs <= endMs);
    return due.sort((a, b) => a.untilMs - b.untilMs)[0];
  }
}

/** Everything that can go on without time has gone on. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await turn();
}
