/** The last topology, kept on disk: it gives addresses after a restart, never permission to serve (protocol P8). */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Topology } from '@keyfleet/topology';

export class TopologyFile {
  readonly #directory: string;
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string, cluster: string) {
    this.#directory = directory;
    this.#path = join(directory, `topology-${cluster}.json`);
  }

  /** Undefined when there is none, or none that can be read: the configserver has the truth. */
  async read(): Promise<Topology | undefined> {
    try {
      return Topology.parse(JSON.parse(await readFile(this.#path, 'utf8')));
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all, and in order. */
  write(topology: Topology): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => this.#replace(JSON.stringify(topology)));
    return this.#writing;
  }

  async #replace(text: string): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await writeFile(`${this.#path}.new`, text);
    await rename(`${this.#path}.new`, this.#path);
  }
}
