/**
 * Whether a shard's server can be reached: down from the loss of its last connection by a fault until one is ready again.
 * While it is down it is tried, ever more seldom; when it was tried in vain for longer than commands wait, they fail at once.
 */
export type CircuitLimits = {
  readonly holdQueueMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
};

export class Circuit {
  /** Connected at some time since it points where it points. */
  wasReady = false;
  readonly #limits: CircuitLimits;
  /** Since when no connection is ready that was lost by a fault; null while one is. */
  #downSinceMs: number | null = null;
  #downBecause = '';
  #retryAtMs = 0;
  #failures = 0;
  /** No server was ready since the last one was lost. */
  #isAfterFault = false;

  constructor(limits: CircuitLimits) {
    this.#limits = limits;
  }

  get isDown(): boolean {
    return this.#downSinceMs !== null;
  }

  mayConnect(nowMs: number): boolean {
    return nowMs >= this.#retryAtMs;
  }

  /** Not null: why commands need not wait. */
  givenUpBecause(nowMs: number): string | null {
    if (this.#downSinceMs === null || this.#failures < 2) return null;
    return nowMs - this.#downSinceMs >= this.#limits.holdQueueMs ? this.#downBecause : null;
  }

  /** Whoever is ready next is to be asked little at first. */
  get isAfterFault(): boolean {
    return this.#isAfterFault;
  }

  /** `isLast`: no other connection is ready. Else the server is there: one connection is lost, not the shard. */
  onLost(because: string, nowMs: number, isLast: boolean): void {
    const { backoffMinMs, backoffMaxMs } = this.#limits;
    if (isLast) this.#downSinceMs ??= nowMs;
    this.#isAfterFault ||= isLast;
    this.#downBecause = because;
    const backoffMs = Math.min(backoffMinMs * 2 ** this.#failures, backoffMaxMs);
    this.#retryAtMs = nowMs + (this.#failures === 0 ? 0 : backoffMs);
    this.#failures++;
  }

  onReady(): void {
    this.end();
    this.wasReady = true;
    this.#isAfterFault = false;
    this.#failures = this.#retryAtMs = 0;
  }

  /** The server is there, and says so itself. */
  end(): void {
    this.#downSinceMs = null;
  }

  /** It points at another server. */
  reset(): void {
    this.end();
    this.wasReady = false;
    this.#failures = this.#retryAtMs = 0;
  }
}
