import { convertDataSource } from './convert-data-source.ts';
import type { UserFields } from './converted.ts';
import type { EnvoyNode } from './envoy-node.ts';

/** Of AUTH with a password alone. */
const DEFAULT_USER = 'default';
const UNKNOWN_FILE = '/run/secrets/redis';

/** Who may log in, by the redis_proxy filter: nobody or one. */
export function convertUsers(filter: EnvoyNode): UserFields[] {
  const name = convertName(filter.at('downstream_auth_username'));
  const old = filter.at('downstream_auth_password');
  const all = [...(old.isThere ? [old] : []), ...filter.at('downstream_auth_passwords').items()];
  const [password, ...others] = all;
  if (password === undefined) return [];
  for (const other of others)
    other.note('is not carried: a user has one password, a second one needs another user');
  const secret = convertDataSource(password);
  if (secret !== null && 'text' in secret) return [{ name, password: secret.text }];
  // Never a port that is open to all because of a password that nobody could read.
  if (secret === null) password.note(`becomes the file ${UNKNOWN_FILE}: write the password there`);
  return [{ name, passwordFile: secret?.file ?? UNKNOWN_FILE }];
}

function convertName(username: EnvoyNode): string {
  const secret = convertDataSource(username);
  if (secret === null) return DEFAULT_USER;
  if ('text' in secret) return secret.text;
  username.note(`is not carried: write the name of ${secret.file} in place of ${DEFAULT_USER}`);
  return DEFAULT_USER;
}
