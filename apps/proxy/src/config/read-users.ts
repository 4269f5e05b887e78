import { readSettings, type FieldPath } from '@keyfleet/runtime';
import { openFields, refuse, type ConfigSource } from './config-source.ts';
import { userFields } from './file-tables.ts';
import { findCluster, type ClusterNames } from './find-cluster.ts';
import type { UserConfig } from './proxy-config.ts';

type OfListener = {
  readonly users: unknown;
  readonly path: FieldPath;
  /** Of the listener: of users that name none. */
  readonly cluster: string;
};

/** The users of a listener; what is wrong goes to the source's mistakes. */
export function readUsers(
  source: ConfigSource,
  { users, path: listener, cluster }: OfListener,
  clusters: ClusterNames,
): UserConfig[] {
  const path = [...listener, 'users'];
  if (!Array.isArray(users) || users.length === 0) {
    refuse(source, path, 'want a list, such as "- {name: app, passwordFile: /run/secrets/app}"');
    return [];
  }
  const names = new Set<string>();
  return users.map((value: unknown, at) => {
    const place = { value, path: [...path, at], cluster };
    const user = readUser(source, place, clusters);
    if (names.has(user.name))
      refuse(source, [...place.path, 'name'], `want each user once, got "${user.name}" again`);
    names.add(user.name);
    return user;
  });
}

type Place = { readonly value: unknown; readonly path: FieldPath; readonly cluster: string };

function readUser(source: ConfigSource, place: Place, clusters: ClusterNames): UserConfig {
  const { path } = place;
  const user = readSettings(userFields, {
    layers: [openFields(source, place, userFields)],
    mistakes: source.mistakes,
    onMissing: (key) => refuse(source, [...path, key], 'is required'),
  });
  const { name, password, passwordFile } = user;
  if (password === '' && passwordFile === '') refuse(source, path, 'want password or passwordFile');
  if (password !== '' && passwordFile !== '')
    refuse(source, path, 'want password or passwordFile, not both');
  const cluster = findCluster(source, { name: user.cluster || place.cluster, path }, clusters);
  return { name, cluster, ...(password === '' ? { passwordFile } : { password }) };
}
