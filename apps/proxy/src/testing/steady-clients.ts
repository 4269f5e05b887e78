/** Clients that keep a pipeline full and expect nothing but right answers, in order, on one connection. */
import type { Redis } from 'ioredis';

const PIPELINE = 20;

export class SteadyClients {
  readonly failures: string[] = [];
  rounds = 0;
  readonly #running: Promise<void>;
  #isOver = false;

  constructor(clients: readonly Redis[]) {
    const ends = clients.map((client, at) => this.#run(client, `steady:${at}`));
    this.#running = Promise.all(ends).then(() => undefined);
  }

  async end(): Promise<readonly string[]> {
    this.#isOver = true;
    await this.#running;
    return this.failures;
  }

  async #run(client: Redis, key: string): Promise<void> {
    client.on('close', () => {
      if (!this.#isOver) this.failures.push(`${key}: closed`);
    });
    let count = 0;
    while (!this.#isOver && this.failures.length === 0) {
      try {
        const incrs = Array.from({ length: PIPELINE }, () => client.incr(key));
        const want = incrs.map((_, at) => count + at + 1);
        const got = await Promise.all(incrs);
        if (got.join() !== want.join()) this.failures.push(`${key}: ${got.join()}`);
        count += PIPELINE;
        this.rounds++;
      } catch (error) {
        this.failures.push(`${key}: ${String(error)}`);
      }
    }
  }
}
