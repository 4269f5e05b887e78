/**
 * Whether a shard's server runs a script, or a function, for longer than others have to wait for it
 * (busy-reply-threshold): then it says BUSY to everybody, but it does not read the connection that the script came from,
 * and that is the one which all clients share.
 *
 *            a reply is late: the line is asked                  what is held moves: the line is asked anew
 *   calm ───────────── it says BUSY ────────────────► busy ◄──────────────────────────────► doubted
 *     ▲                                                 │               it says BUSY            │
 *     └────── it says anything else, or is lost ────────┴───────────────────────────────────────┘
 *
 * Busy: commands are answered with the server's own words, and not sent. Doubted: they wait, for a round trip; whoever got
 * the script's reply must not hear BUSY next. Nothing is asked while nothing is late.
 */
import { encodeCommand } from '@keyfleet/resp';
import { isBusyError } from './busy-error.ts';
import type { ShardLine } from './shard-line.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

const PING = encodeCommand(['PING']);
const PLUS = 0x2b;
/** Its server may be busy. */
const LATE_MS = 50;
/** How long a line that could not be had, or not be used, is left alone. */
const LINE_BACKOFF_MS = 1000;

export type BusyEnv = {
  readonly line: Pick<ShardLine, 'ask'>;
  readonly monotonicMs: () => number;
  /** Nothing is to be sent any more; who waits hears of it. */
  readonly onBusy: (error: Uint8Array) => void;
  /** Everything goes on. */
  readonly onCalm: () => void;
};

export class BusyWatch {
  /** What commands are answered with; null: it is calm, or doubted. */
  error: Uint8Array | null = null;
  /** When the server said BUSY last. */
  heardMs = -Infinity;
  readonly #env: BusyEnv;
  #state: 'calm' | 'busy' | 'doubted' = 'calm';
  #isAsking = false;
  /** The answer that is on its way may be older than what came since. */
  #isStale = false;
  #quietUntilMs = -Infinity;

  constructor(env: BusyEnv) {
    this.#env = env;
  }

  /** Asked, and not answered yet. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  get isCalm(): boolean {
    return this.#state === 'calm';
  }

  /** Called some times a second while it is not calm, or a reply is late. */
  check(): void {
    if (!this.#isAsking && this.#env.monotonicMs() >= this.#quietUntilMs) this.#ask();
  }

  /** The server said so. */
  note(error: Uint8Array): void {
    const wasBusy = this.#state === 'busy';
    this.heardMs = this.#env.monotonicMs();
    this.error = error;
    this.#state = 'busy';
    if (!wasBusy) this.#env.onBusy(error);
  }

  /** Something came from it that may mean the end of the script. */
  doubt(): void {
    if (this.isCalm) return;
    this.#state = 'doubted';
    this.error = null;
    if (this.#isAsking) this.#isStale = true;
    else this.#ask();
  }

  /** It takes commands, or is lost. */
  end(): void {
    if (this.isCalm) return;
    this.#state = 'calm';
    this.error = null;
    this.#env.onCalm();
  }

  #ask(): void {
    this.#isAsking = true;
    this.#env.line.ask(PING, (answer) => this.#onAnswer(answer));
  }

  #onAnswer(answer: Uint8Array): void {
    const isStale = this.#isStale;
    this.#isAsking = this.#isStale = false;
    if (isStale) return this.#ask();
    if (isBusyError(answer)) return this.note(answer);
    if (answer[0] !== PLUS) this.#quietUntilMs = this.#env.monotonicMs() + LINE_BACKOFF_MS;
    this.end();
  }
}

/** Somebody waits for a reply for long. */
export function isLate(
  connections: Iterable<Pick<UpstreamConnection, 'pendingCount' | 'headSinceMs'>>,
  nowMs: number,
): boolean {
  for (const { pendingCount, headSinceMs } of connections)
    if (pendingCount > 0 && nowMs - headSinceMs >= LATE_MS) return true;
  return false;
}
