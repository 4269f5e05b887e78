import type { Credentials, CredentialSource } from './credentials.ts';

/** Those of a cluster whose settings may change while it is served: whoever asks has them from where they come from now. */
export class ReplaceableCredentials implements CredentialSource {
  #source: CredentialSource;

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  get isRenewed(): boolean {
    return this.#source.isRenewed;
  }

  read(shard: string): Promise<Credentials> {
    return this.#source.read(shard);
  }

  refuse(credentials: Credentials): void {
    this.#source.refuse(credentials);
  }

  become(source: CredentialSource): void {
    this.#source = source;
  }
}
