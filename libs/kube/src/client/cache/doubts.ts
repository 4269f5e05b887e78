/**
 * Objects that the server was found to have otherwise than the cache. Mostly the watch is about to tell, so it gets a
 * moment; what it has not told then it never will, and only a list helps. Whoever doubts may be wrong, so there are not
 * many of these lists.
 */
import type { Clock } from '@keyfleet/runtime';
import type { ObjectRef } from '../kube-object.ts';

const GRACE_MS = 1_000;
const BETWEEN_LISTS_MS = 10_000;

export type DoubtOptions = {
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Of the object as the cache has it; undefined: it has none. */
  readonly versionOf: (ref: ObjectRef) => string | undefined;
  readonly listAgain: (ref: ObjectRef) => void;
};

type Doubt = { readonly ref: ObjectRef; readonly version: string };

export class Doubts {
  readonly #options: DoubtOptions;
  #open: Doubt[] = [];
  #listedAtMs = -Infinity;

  constructor(options: DoubtOptions) {
    this.#options = options;
  }

  add(ref: ObjectRef): void {
    const version = this.#options.versionOf(ref);
    if (version === undefined || this.#open.some((doubt) => doubt.version === version)) return;
    this.#open.push({ ref, version });
    if (this.#open.length === 1) void this.#settle();
  }

  async #settle(): Promise<void> {
    const { clock, signal, versionOf, listAgain } = this.#options;
    const restMs = this.#listedAtMs + BETWEEN_LISTS_MS - clock.monotonicMs();
    await clock.sleep(Math.max(GRACE_MS, restMs), signal);
    const stale = this.#open.find(({ ref, version }) => versionOf(ref) === version);
    this.#open = [];
    if (signal.aborted || stale === undefined) return;
    this.#listedAtMs = clock.monotonicMs();
    listAgain(stale.ref);
  }
}
