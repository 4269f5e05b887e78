import { readSettings, type Layer } from '@keyfleet/runtime';
import type { ProcessSettings } from '../settings.ts';
import { findCluster, type ClusterNames } from './find-cluster.ts';
import { openFields, refuse, type ConfigSource } from './config-source.ts';
import { listenerFields } from './file-tables.ts';
import type { ListenerConfig } from './proxy-config.ts';
import { readUsers } from './read-users.ts';

/** The listeners of the file, or the one of the flat settings; what is wrong goes to the source's mistakes. */
export function readListeners(
  source: ConfigSource,
  { bind, port }: ProcessSettings,
  clusters: ClusterNames,
): ListenerConfig[] {
  const { listeners } = source.file;
  if (listeners === undefined) {
    const [cluster = '', ...others] = clusters;
    if (others.length === 0) return [{ bind, port, cluster }];
    refuse(source, ['listeners'], `is required where there are ${clusters.length} clusters`);
    return [];
  }
  if (!Array.isArray(listeners) || listeners.length === 0) {
    refuse(source, ['listeners'], 'want a list, such as "- {port: 7480, cluster: orders}"');
    return [];
  }
  refusePort(source, listeners.length);
  return listeners.map((value, at) =>
    readListener(source, { value, at, isOnly: listeners.length === 1 }, clusters),
  );
}

/** One port cannot be that of several listeners; and what is in the file is there once. */
function refusePort({ flags, environment, top, mistakes }: ConfigSource, count: number): void {
  const given = top('port');
  if (given !== undefined)
    mistakes.add(given.name, 'belongs to a listener, where there are any', given.line);
  if (count === 1) return;
  for (const layer of [flags, environment]) {
    const given = layer('port');
    if (given !== undefined)
      mistakes.add(given.name, `means nothing where the file has ${count} listeners`);
  }
}

type Place = { readonly value: unknown; readonly at: number; readonly isOnly: boolean };

function readListener(
  source: ConfigSource,
  { value, at, isOnly }: Place,
  clusters: ClusterNames,
): ListenerConfig {
  const path = ['listeners', at];
  const own = openFields(source, { value, path }, { ...listenerFields, users: null });
  const { port, bind, cluster } = readSettings(listenerFields, {
    layers: layersOf(source, own, isOnly),
    mistakes: source.mistakes,
    onMissing: (key) => refuse(source, [...path, key], 'is required'),
  });
  const users = own('users')?.value;
  const find = () => findCluster(source, { name: cluster, path }, clusters);
  if (users === undefined) return { bind, port, cluster: find() };
  const ofUsers = cluster === '' ? '' : find();
  return { bind, port, users: readUsers(source, { users, path, cluster: ofUsers }, clusters) };
}

/** `--bind` is that of all ports, `--port` that of the only one. */
function layersOf({ flags, environment, top }: ConfigSource, own: Layer, isOnly: boolean) {
  const allowed = new Set(isOnly ? ['bind', 'port'] : ['bind']);
  const some =
    (layer: Layer): Layer =>
    (key) =>
      allowed.has(key) ? layer(key) : undefined;
  return [some(flags), some(environment), own, some(top)];
}
