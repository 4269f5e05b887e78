/**
 * The bodies of scripts that servers took, so that a server that lacks one can be given it. The least used go first.
 *
 * Whether a server takes what a client sends is known only later, and what comes behind it in the client's pipeline may need
 * it before: so it is proposed when it is sent, kept from then on, and forgotten if no server took it.
 */
import { hash } from 'node:crypto';

/** Per script, besides its body. */
const OVERHEAD_BYTES = 200;

export type Proposal = { readonly digest: string };

class Script implements Proposal {
  readonly digest: string;
  readonly body: Uint8Array;
  isTaken = false;
  /** Proposals of it that are not settled. */
  proposals = 0;

  constructor(digest: string, body: Uint8Array) {
    this.digest = digest;
    this.body = body;
  }

  get bytes(): number {
    return this.body.length + OVERHEAD_BYTES;
  }
}

export class ScriptStore {
  readonly #bytesMax: number;
  /** By digest, the least recently used first. */
  readonly #scripts = new Map<string, Script>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Of a script that is about to be sent: `settle` has to be told what became of it. Null: nobody needs to know, since
   * a server took it before, or it does not fit and is not kept. `body` is borrowed.
   */
  propose(body: Uint8Array): Proposal | null {
    const digest = hash('sha1', body, 'hex');
    const script = this.#used(digest) ?? this.#add(digest, body);
    if (script === null || script.isTaken) return null;
    script.proposals++;
    return script;
  }

  /** Once for each proposal. */
  settle(proposal: Proposal, isTaken: boolean): void {
    const script = this.#scripts.get(proposal.digest);
    // It may be another one by now, or none.
    if (script !== proposal || script.isTaken) return;
    script.isTaken = isTaken;
    if (--script.proposals === 0 && !isTaken) this.#forget(script.digest);
  }

  isTaken(digest: string): boolean {
    return this.#scripts.get(digest)?.isTaken === true;
  }

  get(digest: string): Uint8Array | undefined {
    return this.#used(digest)?.body;
  }

  clear(): void {
    this.#scripts.clear();
    this.#bytes = 0;
  }

  #forget(digest: string): void {
    const script = this.#scripts.get(digest);
    if (script === undefined) return;
    this.#scripts.delete(digest);
    this.#bytes -= script.bytes;
  }

  #used(digest: string): Script | undefined {
    const script = this.#scripts.get(digest);
    if (script === undefined) return undefined;
    this.#scripts.delete(digest);
    this.#scripts.set(digest, script);
    return script;
  }

  #add(digest: string, lent: Uint8Array): Script | null {
    if (lent.length + OVERHEAD_BYTES > this.#bytesMax) return null;
    const script = new Script(digest, new Uint8Array(lent));
    this.#scripts.set(digest, script);
    this.#bytes += script.bytes;
    for (const oldest of this.#scripts.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#forget(oldest);
    }
    return script;
  }
}
