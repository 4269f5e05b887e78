/** A small file with a secret. It is read anew for each use: one that was replaced is used from the next one on. */
import { readFile, stat } from 'node:fs/promises';
import { CredentialsError } from './credentials.ts';

const BYTES_MAX = 4096;

/** Rejects with CredentialsError. `want` says what the file should be. */
export async function readSecretText(path: string, want: string): Promise<string> {
  try {
    const found = await stat(path);
    // To open a pipe would wait for somebody who writes into it.
    if (!found.isFile()) throw new SecretFileError(path, `it is no file, ${want}`);
    if (found.size > BYTES_MAX)
      throw new SecretFileError(path, `it is longer than ${BYTES_MAX} bytes, ${want}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof CredentialsError) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new SecretFileError(path, `the system says ${code}, ${want}`, { cause: error });
  }
}

/** The file cannot be used as it is now. */
export class SecretFileError extends CredentialsError {
  constructor(path: string, because: string, options?: ErrorOptions) {
    super(`Cannot read the secret ${path}: ${because}`, options);
  }
}
