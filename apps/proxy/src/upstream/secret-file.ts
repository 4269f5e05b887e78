/** The cluster's secret, from which each shard's password is derived. */
import { InvalidSecret, parseSecret, shardPassword } from '@keyfleet/runtime';
import type { CredentialSource } from './credentials.ts';
import { readSecretText, SecretFileError } from './read-secret-text.ts';

export function secretFile(path: string): CredentialSource {
  return {
    isRenewed: false,
    read: async (shard) => ({ user: '', password: shardPassword(await readSecret(path), shard) }),
    refuse: () => undefined,
  };
}

async function readSecret(path: string): Promise<string> {
  const text = await readSecretText(path, "want a file with the cluster's secret");
  try {
    return parseSecret(text);
  } catch (error) {
    if (error instanceof InvalidSecret)
      throw new SecretFileError(path, error.because, { cause: error });
    throw error;
  }
}
