import { flagName, readSettings, requiredText } from '@keyfleet/runtime';
import { clusterSettings, type ClusterSettings } from '../settings.ts';
import { checkUpstream } from './check-upstream.ts';
import { isFields, openFields, refuse, type ConfigSource } from './config-source.ts';
import { clusterFields } from './file-tables.ts';

/** It becomes part of paths, labels and messages. */
const NAME = /^[A-Za-z0-9][\w.-]{0,252}$/;

/** The clusters of the file, or the one of the flat settings; what is wrong goes to the source's mistakes. */
export function readClusters(source: ConfigSource): Map<string, ClusterSettings> {
  const { clusters } = source.file;
  return clusters === undefined ? readTheOne(source) : readThose(source, clusters);
}

function readTheOne(source: ConfigSource): Map<string, ClusterSettings> {
  const { flags, environment, top, mistakes } = source;
  const settings = readSettings(clusterSettings, {
    layers: [flags, environment, top],
    mistakes,
    onMissing: (key) => mistakes.add(flagName(key), requiredText(key)),
  });
  checkUpstream(settings, (key, what) =>
    mistakes.add(flagName(key), what === 'is required' ? requiredText(key) : what),
  );
  return new Map([[settings.cluster, settings]]);
}

function readThose(source: ConfigSource, clusters: unknown): Map<string, ClusterSettings> {
  if (!isFields(clusters) || Object.keys(clusters).length === 0) {
    refuse(source, ['clusters'], 'want clusters by name, such as "orders: {upstream: …}"');
    return new Map();
  }
  refuseName(source);
  const names = Object.keys(clusters);
  return new Map(names.map((name) => [name, readOne(source, name, clusters[name])]));
}

/** Each has its name where it stands. */
function refuseName({ flags, environment, top, mistakes }: ConfigSource): void {
  for (const layer of [flags, environment, top]) {
    const given = layer('cluster');
    if (given !== undefined)
      mistakes.add(given.name, 'means nothing where the file has clusters', given.line);
  }
}

function readOne(source: ConfigSource, name: string, value: unknown): ClusterSettings {
  const { flags, environment, top, mistakes } = source;
  const path = ['clusters', name];
  if (!NAME.test(name)) refuse(source, path, 'want a name of letters, digits, ".", "_" and "-"');
  const own = openFields(source, { value, path }, clusterFields);
  const fields = readSettings(clusterFields, {
    layers: [flags, environment, own, top],
    mistakes,
    onMissing: (key) => refuse(source, [...path, key], 'is required'),
  });
  const settings = Object.freeze({ cluster: name, ...fields });
  checkUpstream(settings, (key, what) => refuse(source, [...path, key], what));
  return settings;
}
