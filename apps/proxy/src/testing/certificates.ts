/** Certificates for a test, made by openssl: an authority, and what it signed. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Certificate = { readonly certFile: string; readonly keyFile: string };

export class Authority {
  readonly caFile: string;
  readonly #directory: string;
  readonly #keyFile: string;

  private constructor(directory: string, name: string) {
    this.#directory = directory;
    this.caFile = join(directory, `${name}.crt`);
    this.#keyFile = join(directory, `${name}.key`);
  }

  static async create(directory: string, name = 'ca'): Promise<Authority> {
    const authority = new Authority(directory, name);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const out = ['-keyout', authority.#keyFile, '-out', authority.caFile];
    await run('openssl', ['req', '-x509', ...key, '-days', '1', '-subj', `/CN=${name}`, ...out]);
    return authority;
  }

  /** For these names: as `DNS:localhost` or `IP:127.0.0.1`. */
  async sign(name: string, ...names: string[]): Promise<Certificate> {
    const [certFile, keyFile, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((ending) =>
      join(this.#directory, `${name}.${ending}`),
    ) as [string, string, string, string];
    await writeFile(extensions, names.length === 0 ? '' : `subjectAltName=${names.join()}\n`);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    await run('openssl', [
      ...['req', ...key, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', request],
    ]);
    await run('openssl', [
      ...['x509', '-req', '-in', request, '-days', '1', '-extfile', extensions],
      ...['-CA', this.caFile, '-CAkey', this.#keyFile, '-CAcreateserial', '-out', certFile],
    ]);
    return { certFile, keyFile };
  }
}
