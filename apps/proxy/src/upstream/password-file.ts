import type { CredentialSource } from './credentials.ts';
import { readSecretText, SecretFileError } from './read-secret-text.ts';

/** The line break at its end does not belong to the password. */
export function passwordFile(user: string, path: string): CredentialSource {
  return {
    isRenewed: true,
    read: async () => {
      const text = await readSecretText(path, 'want a file with the password');
      const password = text.replace(/\r?\n$/, '');
      if (password === '')
        throw new SecretFileError(path, 'it is empty, want a file with the password');
      return { user, password };
    },
    refuse: () => undefined,
  };
}
