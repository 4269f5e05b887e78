import {
  environmentLayer,
  fieldsLayer,
  flagLayer,
  flagName,
  Mistakes,
  readSettings,
  refuseOthers,
  requiredText,
  sourcesOf,
  type Sources,
} from '@keyfleet/runtime';
import { processSettings, proxySettings, type ProcessSettings } from '../settings.ts';
import { checkConfig } from './check-config.ts';
import type { ConfigSource } from './config-source.ts';
import type { ProxyConfig } from './proxy-config.ts';
import { readClusters } from './read-clusters.ts';
import { readListeners } from './read-listeners.ts';

/** Reads flags, environment and the file that they name. Throws ConfigError, which shows every mistake. */
export function loadProxyConfig(argv: readonly string[], env: Sources['env']): ProxyConfig {
  return readProxyConfig(sourcesOf(argv, env));
}

export function readProxyConfig({ argv, env, file = {}, lineOf = noLine }: Sources): ProxyConfig {
  const mistakes = new Mistakes();
  const flags = flagLayer(proxySettings, argv, mistakes);
  const source: ConfigSource = {
    flags,
    environment: environmentLayer(env),
    top: fieldsLayer(file, [], lineOf),
    file,
    lineOf,
    mistakes,
  };
  const known = { ...proxySettings, listeners: null, clusters: null };
  refuseOthers(file, known, { path: [], lineOf, mistakes });
  const process = readProcess(source);
  const clusters = readClusters(source);
  const listeners = readListeners(source, process, [...clusters.keys()]);
  const config = Object.freeze({ process, listeners, clusters });
  checkConfig(source, config);
  mistakes.throwIfAny();
  return config;
}

function readProcess({ flags, environment, top, mistakes }: ConfigSource): ProcessSettings {
  return readSettings(processSettings, {
    layers: [flags, environment, top],
    mistakes,
    onMissing: (key) => mistakes.add(flagName(key), requiredText(key)),
  });
}

function noLine(): undefined {
  return undefined;
}
