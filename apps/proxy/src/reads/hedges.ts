/**
 * Reads that are sent to a second server when the first is late. They are a bounded share of all, so that servers that
 * are all late are not given twice the work.
 */
import type { Counters } from '../admin/counters.ts';
import type { Client } from '../downstream/client.ts';
import type { Outgoing } from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { HEDGED_BYTES_MAX, HedgedRead, type HedgeListener } from './hedged-read.ts';

export type HedgesEnv = {
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly counters: Counters;
  /** 0: nothing is hedged. */
  readonly hedgeMs: () => number;
  /** A server other than the one that is late; null: there is none that takes it now. */
  readonly chooseOther: (read: HedgedRead) => UpstreamConnection | null;
};

/** What a read adds to what may be sent again: one in ten. */
const SHARE = 0.1;
const CREDIT_MAX = 100;
const IDLE_MAX = 4096;

export class Hedges implements HedgeListener {
  readonly #env: HedgesEnv;
  readonly #idle: HedgedRead[] = [];
  /** Those whose time has not come, the oldest first, from `#head` on. */
  #listed: HedgedRead[] = [];
  #head = 0;
  #credit = 1;
  #isWatching = false;

  constructor(env: HedgesEnv) {
    this.#env = env;
  }

  /** `outgoing`, a read of `client`, is about to be sent to a replica. */
  begin(outgoing: Outgoing, client: Client, node: string): void {
    if (this.#env.hedgeMs() === 0 || outgoing.end - outgoing.start > HEDGED_BYTES_MAX) return;
    const read = this.#idle.pop() ?? new HedgedRead(this);
    read.begin(outgoing, client, node);
    read.sinceMs = this.#env.monotonicMs();
    read.isListed = true;
    this.#listed.push(read);
    this.#credit = Math.min(CREDIT_MAX, this.#credit + SHARE);
    if (!this.#isWatching) void this.#watch();
  }

  onWon(): void {
    this.#env.counters.hedgesWon++;
  }

  onOver(read: HedgedRead): void {
    if (!read.isListed) this.#release(read);
  }

  /** Looks at them several times in the time that they have. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (this.#head < this.#listed.length) {
      await this.#env.sleep(Math.max(1, this.#env.hedgeMs() / 4));
      this.#sendLate(this.#env.monotonicMs() - this.#env.hedgeMs());
    }
    this.#listed.length = this.#head = 0;
    this.#isWatching = false;
  }

  #sendLate(sinceMs: number): void {
    const listed = this.#listed;
    for (; this.#head < listed.length && listed[this.#head]!.sinceMs <= sinceMs; this.#head++) {
      const read = listed[this.#head]!;
      read.isListed = false;
      if (read.isOver) this.#release(read);
      else this.#sendAgain(read);
    }
    if (this.#head < listed.length / 2) return;
    this.#listed = listed.slice(this.#head);
    this.#head = 0;
  }

  #sendAgain(read: HedgedRead): void {
    if (this.#credit < 1) return;
    const connection = this.#env.chooseOther(read);
    if (connection === null) return;
    this.#credit--;
    this.#env.counters.hedges++;
    read.sendAgain(connection);
  }

  #release(read: HedgedRead): void {
    if (this.#idle.length < IDLE_MAX) this.#idle.push(read);
  }
}
