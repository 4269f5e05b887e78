/**
 * The users of one listener. What is kept of a password is a digest, and digests are compared in constant time: how long an
 * answer takes tells neither how much of a password was right nor whether there is such a user.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ConfigError, type Logger } from '@keyfleet/runtime';
import type { User, Users } from './account.ts';
import { readPassword } from '../upstream/password-file.ts';

export type UserConfig = User & { readonly password?: string; readonly passwordFile?: string };

type Entry = { user: User; file: string | null; digest: Buffer; failure: string };

/** What nobody can say. */
const NO_DIGEST = randomBytes(32);

export class UserList implements Users {
  #entries: ReadonlyMap<string, Entry> = new Map();
  readonly #log: Logger;

  private constructor(log: Logger) {
    this.#log = log;
  }

  /** Rejects with ConfigError when a password file cannot be read. */
  static async open(configs: readonly UserConfig[], log: Logger): Promise<UserList> {
    const list = new UserList(log);
    list.#entries = await entriesOf(configs);
    return list;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  find(name: string, password: string): User | null {
    const entry = this.#entries.get(name);
    const isRight = timingSafeEqual(digestOf(password), entry?.digest ?? NO_DIGEST);
    return isRight ? (entry?.user ?? null) : null;
  }

  /** Those who are there from now on; of clients that are in already nobody is asked again. */
  become(list: UserList): void {
    this.#entries = list.#entries;
  }

  /** Reads the files again. One that cannot be read leaves its password as it was. */
  async refresh(): Promise<void> {
    const files = [...this.#entries.values()].filter(({ file }) => file !== null);
    await Promise.all(files.map((entry) => this.#refresh(entry)));
  }

  async #refresh(entry: Entry): Promise<void> {
    try {
      entry.digest = digestOf(await readPassword(entry.file!));
      entry.failure = '';
    } catch (error) {
      const because = (error as Error).message;
      if (because === entry.failure) return;
      entry.failure = because;
      this.#log.warn({ user: entry.user.name, because }, 'password not read again');
    }
  }
}

async function entriesOf(configs: readonly UserConfig[]): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const mistakes: string[] = [];
  for (const { name, cluster, password, passwordFile = null } of configs) {
    try {
      const text = passwordFile === null ? password! : await readPassword(passwordFile);
      const entry = { user: { name, cluster }, file: passwordFile, digest: digestOf(text) };
      entries.set(name, { ...entry, failure: '' });
    } catch (error) {
      mistakes.push(`password of user ${name}: ${(error as Error).message}`);
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return entries;
}

function digestOf(password: string): Buffer {
  return createHash('sha256').update(password).digest();
}
