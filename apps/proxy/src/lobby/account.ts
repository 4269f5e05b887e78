/** Who a client is, where a listener asks. */

export type User = {
  readonly name: string;
  /** Whose keys it sees. */
  readonly cluster: string;
};

/** The users of a listener. They may change while clients are there. */
export interface Users {
  has(name: string): boolean;
  /** Null: there is no such user, or the password is not its. */
  find(name: string, password: string): User | null;
}

export type Account = {
  readonly users: Users;
  readonly cluster: string;
  /** Null: it said RESET, and is nobody until it says AUTH again. */
  readonly userName: string | null;
};

/** As CLIENT LIST and ACL WHOAMI show it: who said nothing is `default` in Redis too. */
export function shownUserName(account: Account | null): string {
  return account?.userName ?? 'default';
}
