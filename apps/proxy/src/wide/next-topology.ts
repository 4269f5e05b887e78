import type { RoutingFollower } from '../route/routing.ts';

const WAIT_MS = 500;

type Waiting = { readonly resolve: () => void; untilMs: number | null };

/** For what goes on when there is another topology, or when none comes. */
export class NextTopology implements RoutingFollower {
  #waiting: Waiting[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ resolve, untilMs: null }));
  }

  onApplied(): Promise<void> {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    return Promise.resolve();
  }

  onSwept(nowMs: number): void {
    for (const waiting of this.#waiting) waiting.untilMs ??= nowMs + WAIT_MS;
    const isOver = ({ untilMs }: Waiting): boolean => untilMs !== null && untilMs <= nowMs;
    const over = this.#waiting.filter(isOver);
    if (over.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !isOver(waiting));
    for (const { resolve } of over) resolve();
  }
}
