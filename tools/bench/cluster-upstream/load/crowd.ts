/** All clients of all candidates, side by side in this process, and what they see. */
import type { Address } from '@keyfleet/testkit';
import { Recorder, type Observed } from '../figures/recorder.ts';
import type { ClientPlan } from './client-plan.ts';
import { LoadClient, type Outcomes } from './load-client.ts';

const TICK_MS = 2;

export type Audience = {
  readonly candidate: string;
  readonly clients: readonly { readonly address: Address; readonly plan: ClientPlan }[];
  /** What a node refuses is not for it: another one answers. */
  readonly ignoresFailures: boolean;
};

/** What each candidate's clients saw. */
export type Seen = ReadonlyMap<string, Observed>;

export class Crowd implements Disposable {
  readonly #audiences: readonly Audience[];
  readonly #clients: LoadClient[] = [];
  readonly #recorders = new Map<string, Recorder>();
  readonly #timer: NodeJS.Timeout;

  constructor(audiences: readonly Audience[]) {
    this.#audiences = audiences;
    this.watch([]);
    const startMs = performance.now();
    for (const audience of audiences) {
      const { candidate, clients } = audience;
      const outcomes = this.#outcomesOf(audience);
      clients.forEach(({ address, plan }, n) => {
        // Spread over their interval, or all would send in the same tick.
        const offsetMs = (n / clients.length) * plan.everyMs;
        const start = { outcomes, startMs: startMs + offsetMs };
        this.#clients.push(new LoadClient(address, plan, start));
      });
      if (clients.length === 0) throw new Error(`Cannot load ${candidate}: it has no clients`);
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** From now on, with these shards as those that something happens to. */
  watch(hit: readonly number[]): void {
    const startMs = performance.now();
    for (const { candidate, clients } of this.#audiences) {
      const recorder = new Recorder(startMs, hit);
      for (const { plan } of clients)
        for (const { shard } of plan.keys) recorder.expect(plan.kind, shard);
      this.#recorders.set(candidate, recorder);
    }
  }

  seen(): Seen {
    const nowMs = performance.now();
    return new Map(
      [...this.#recorders].map(([candidate, recorder]) => [candidate, recorder.observed(nowMs)]),
    );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const client of this.#clients) client.tick(nowMs);
  }

  #outcomesOf({ candidate, ignoresFailures }: Audience): Outcomes {
    return {
      ok: ({ kind, everyMs }, shard, sentMs) => {
        const nowMs = performance.now();
        this.#recorders.get(candidate)!.ok({ kind, shard, nowMs, sentMs, everyMs });
      },
      failed: ({ kind }, shard, failure) => {
        if (ignoresFailures) return;
        this.#recorders.get(candidate)!.failed({ kind, shard, nowMs: performance.now() }, failure);
      },
    };
  }
}
