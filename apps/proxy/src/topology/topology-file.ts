/** The last topology, kept on disk: it gives addresses after a restart, never permission to serve (protocol P8). */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@keyfleet/runtime';
import { Topology } from '@keyfleet/topology';

export class TopologyFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #log: Logger;
  #writing: Promise<void> = Promise.resolve();
  #lastFailure = '';

  constructor(directory: string, cluster: string, log: Logger) {
    this.#directory = directory;
    this.#log = log;
    this.#path = join(directory, `topology-${cluster}.json`);
  }

  /** Undefined when there is none, or none that can be read: another has the truth. */
  async read(): Promise<Topology | undefined> {
    try {
      return Topology.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all, and in order. Where nothing can be written the proxy serves all the same: it is said once. */
  keep(topology: Topology): void {
    this.#writing = this.#writing
      .then(() => this.#replace(JSON.stringify(topology)))
      .catch((error: unknown) => this.#noteFailure((error as Error).message));
  }

  async #replace(text: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await writeFile(`${this.#path}.new`, text);
    await rename(`${this.#path}.new`, this.#path);
    this.#lastFailure = '';
  }

  #noteFailure(because: string): void {
    if (because === this.#lastFailure) return;
    this.#lastFailure = because;
    const effect = 'after a restart it knows no server until it is told again';
    this.#log.warn({ stateDir: this.#directory, because, effect }, 'topology not kept on disk');
  }
}
