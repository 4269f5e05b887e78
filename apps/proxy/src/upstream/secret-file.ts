/**
 * The cluster's secret, from which each shard's password is derived. Its file is read again for every connection to a
 * server: connections are rare, and a secret that was changed is used from the next one on, without a restart.
 */
import { readFile, stat } from 'node:fs/promises';
import { ConfigError, InvalidSecret, parseSecret } from '@keyfleet/runtime';

const BYTES_MAX = 4096;
const WANT = "want a file with the cluster's secret";

/** Gives the secret as it is now; rejects with SecretError. */
export type ReadSecret = () => Promise<string>;

/** The file cannot be used as it is now. The message tells nothing of what it holds. */
class SecretError extends Error {
  readonly code = 'SECRET';
  constructor(path: string, because: string, options?: ErrorOptions) {
    super(`Cannot read the secret ${path}: ${because}`, options);
    this.name = 'SecretError';
  }
}

/** Null for no path: the servers ask for no password. Throws ConfigError when the file cannot be used from the start. */
export async function openSecretFile(path: string): Promise<ReadSecret | null> {
  if (path === '') return null;
  try {
    await readSecretFile(path);
  } catch (error) {
    throw new ConfigError([`--secret-file  ${(error as SecretError).message}`]);
  }
  return () => readSecretFile(path);
}

async function readSecretFile(path: string): Promise<string> {
  try {
    const found = await stat(path);
    // To open a pipe would wait for somebody who writes into it.
    if (!found.isFile()) throw new SecretError(path, `it is no file, ${WANT}`);
    if (found.size > BYTES_MAX)
      throw new SecretError(path, `it is longer than ${BYTES_MAX} bytes, ${WANT}`);
    return parseSecret(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SecretError) throw error;
    if (error instanceof InvalidSecret)
      throw new SecretError(path, error.because, { cause: error });
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new SecretError(path, `the system says ${code}, ${WANT}`, { cause: error });
  }
}
