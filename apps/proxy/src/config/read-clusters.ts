import { flagName, readSettings, requiredText, type ReadFrom } from '@keyfleet/runtime';
import { clusterSettings, type ClusterSettings } from '../settings.ts';
import { isFields, openFields, refuse, type ConfigSource } from './config-source.ts';
import { clusterFields } from './file-tables.ts';
import { REQUIRED, upstreamMistakes } from './upstream-mistakes.ts';

/** It becomes part of paths, labels and messages. */
const NAME = /^[A-Za-z0-9][\w.-]{0,252}$/;

/** The clusters of the file, or the one of the flat settings; what is wrong goes to the source's mistakes. */
export function readClusters(source: ConfigSource): Map<string, ClusterSettings> {
  const { clusters } = source.file;
  return clusters === undefined ? readTheOne(source) : readThose(source, clusters);
}

function readTheOne(source: ConfigSource): Map<string, ClusterSettings> {
  const { flags, environment, top, mistakes } = source;
  const layers = [flags, environment, top];
  const onMissing: OnMissing = (key, what = REQUIRED) =>
    mistakes.add(flagName(key), what === REQUIRED ? requiredText(key) : what);
  const settings = readSettings(clusterSettings, { layers, mistakes, onMissing });
  checkTogether(settings, { layers, mistakes, onMissing });
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
  const layers = [flags, environment, own, top];
  const onMissing: OnMissing = (key, what = REQUIRED) => refuse(source, [...path, key], what);
  const fields = readSettings(clusterFields, { layers, mistakes, onMissing });
  const settings = Object.freeze({ cluster: name, ...fields });
  checkTogether(settings, { layers, mistakes, onMissing });
  return settings;
}

type OnMissing = (key: string, what?: string) => void;
type Given = Pick<ReadFrom, 'layers' | 'mistakes'> & { readonly onMissing: OnMissing };

/** A mistake is where the value comes from. */
function checkTogether(settings: ClusterSettings, { layers, mistakes, onMissing }: Given): void {
  for (const [key, what] of upstreamMistakes(settings)) {
    const given = layers.map((layer) => layer(key)).find((one) => one !== undefined);
    if (given === undefined) onMissing(key, what);
    else mistakes.add(given.name, what, given.line);
  }
}
