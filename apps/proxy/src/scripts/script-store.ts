/** The bodies of scripts that clients sent, so that a server that lacks one can be given it. The least used go first. */
import { hash } from 'node:crypto';

/** Per script, besides its body. */
const OVERHEAD_BYTES = 200;

export class ScriptStore {
  readonly #bytesMax: number;
  /** By digest, the least recently used first. */
  readonly #bodies = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `body` is borrowed. One that does not fit is not kept. Returns the digest by which servers know it. */
  remember(body: Uint8Array): string {
    const digest = hash('sha1', body, 'hex');
    if (this.get(digest) !== undefined) return digest;
    const bytes = body.length + OVERHEAD_BYTES;
    if (bytes > this.#bytesMax) return digest;
    this.#bodies.set(digest, new Uint8Array(body));
    this.#bytes += bytes;
    for (const [oldest, of] of this.#bodies) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#bodies.delete(oldest);
      this.#bytes -= of.length + OVERHEAD_BYTES;
    }
    return digest;
  }

  get(digest: string): Uint8Array | undefined {
    const body = this.#bodies.get(digest);
    if (body === undefined) return undefined;
    this.#bodies.delete(digest);
    this.#bodies.set(digest, body);
    return body;
  }

  forget(digest: string): void {
    const body = this.#bodies.get(digest);
    if (body === undefined) return;
    this.#bodies.delete(digest);
    this.#bytes -= body.length + OVERHEAD_BYTES;
  }

  clear(): void {
    this.#bodies.clear();
    this.#bytes = 0;
  }
}
