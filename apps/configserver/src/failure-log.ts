/**
 * Retries of one failure are one line, not one per try: it is logged when it begins and when its reason changes.
 * Where it comes from is said with a stack only when it is a bug, which has no code.
 */
import type { Logger } from '@keyfleet/runtime';
import { StoreError } from '@keyfleet/store';

export class FailureLog {
  readonly #log: Pick<Logger, 'warn' | 'info'>;
  readonly #reasons = new Map<string, string>();

  constructor(log: Pick<Logger, 'warn' | 'info'>) {
    this.#log = log;
  }

  /** `what` tells apart the things that may fail side by side. */
  failed(what: string, error: unknown, facts: Readonly<Record<string, unknown>> = {}): void {
    const { code, message } = error as Error & { code?: string };
    // With several store endpoints the text goes around while the trouble stays the same.
    const key = error instanceof StoreError ? error.code : message;
    if (this.#reasons.get(what) === key) return;
    this.#reasons.set(what, key);
    const reason = code === undefined ? { err: error } : { code, because: message };
    this.#log.warn({ ...facts, what, ...reason }, 'failed, is tried again');
  }

  succeeded(what: string, facts: Readonly<Record<string, unknown>> = {}): void {
    if (this.#reasons.delete(what)) this.#log.info({ ...facts, what }, 'works again');
  }

  /** What failed is not wanted any more: the next failure is a new one. */
  forget(): void {
    this.#reasons.clear();
  }
}
