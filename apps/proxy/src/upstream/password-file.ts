import type { CredentialSource } from './credentials.ts';
import { readSecretText, SecretFileError } from './read-secret-text.ts';

const WANT = 'want a file with the password';

export function passwordFile(user: string, path: string): CredentialSource {
  return {
    isRenewed: true,
    read: async () => ({ user, password: await readPassword(path) }),
    refuse: () => undefined,
  };
}

/** The line break at its end does not belong to the password. Rejects with CredentialsError. */
export async function readPassword(path: string): Promise<string> {
  const password = (await readSecretText(path, WANT)).replace(/\r?\n$/, '');
  if (password === '') throw new SecretFileError(path, `it is empty, ${WANT}`);
  return password;
}
