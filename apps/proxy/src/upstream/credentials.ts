/** As whom the proxy comes to the servers of a cluster. */

export type Credentials = {
  /** Empty: the default user, by a password alone, as servers before Redis 6 want it. */
  readonly user: string;
  readonly password: string;
};

/** Credentials change: files are replaced, tokens expire. So each connection asks for them. */
export interface CredentialSource {
  /** Connections that are open prove new ones, too. */
  readonly isRenewed: boolean;
  /** As they are now, for servers of this shard; empty: of whichever. Rejects with CredentialsError. */
  read(shard: string): Promise<Credentials>;
  /** A server took them not: they are read anew before they are given again, within measure. */
  refuse(credentials: Credentials): void;
}

/** There are none now. The message tells nothing of what they are. */
export class CredentialsError extends Error {
  readonly code = 'CREDENTIALS';
  override readonly name = 'CredentialsError';
}

/** What proves them to a server. */
export function authCommand({ user, password }: Credentials): string[] {
  return user === '' ? ['AUTH', password] : ['AUTH', user, password];
}

/** A server repeats what it does not understand: one that knows no AUTH would tell the password. */
export function withoutPassword(text: string, credentials: Credentials | null): string {
  const password = credentials?.password ?? '';
  return password === '' ? text : text.replaceAll(password, '(password)');
}
