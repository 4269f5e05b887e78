/** What the proxy learns of the servers: trouble, for the configserver's second vantage point, and their version. */
import type { Logger } from '@keyfleet/runtime';

export type Trouble = { node: string; count: number; last: string };

export class TroubleLog {
  /** Of the servers that were connected to last. */
  serverVersion: string | null = null;
  readonly #log: Logger;
  #nodes = new Map<string, Trouble>();
  readonly #busy = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  note(node: string, because: string): void {
    const known = this.#nodes.get(node);
    if (known?.last !== because) this.#log.warn({ node, because }, 'connection to server lost');
    this.#nodes.set(node, { node, count: (known?.count ?? 0) + 1, last: because });
  }

  /** It answers BUSY. That is no trouble of a server's: it does what it was asked to. */
  noteBusy(shard: string, isBusy: boolean): void {
    if (isBusy === this.#busy.has(shard)) return;
    if (isBusy) this.#busy.add(shard);
    else this.#busy.delete(shard);
    if (isBusy) this.#log.warn({ shard }, 'server is busy with a script');
    else this.#log.info({ shard }, 'server takes commands again');
  }

  /** What a worker noted, and logged. */
  add({ node, count, last }: Trouble): void {
    this.#nodes.set(node, { node, count: (this.#nodes.get(node)?.count ?? 0) + count, last });
  }

  /** What came since the last call. */
  take(): Trouble[] {
    const taken = [...this.#nodes.values()];
    this.#nodes = new Map();
    return taken;
  }
}
