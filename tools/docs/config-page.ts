import { environmentName, flagName, type SettingsTable } from '@keyfleet/runtime';
import {
  configserverSettings,
  listenerFields,
  dataDirSetting,
  operatorSettings,
  proxySettings,
  upSettings,
  userFields,
} from './app-tables.ts';
import { code, page, table } from './markdown.ts';

export function configPage(): string {
  return page(
    'Settings',
    'the `settings.ts` of each app',
    "A flag wins over the environment, the environment over a file. Proxy, configserver and operator read the file that `--config FILE` or `KEYFLEET_CONFIG` names (YAML or JSON, a field per setting); the file of `keyfleet up` is a manifest (`-f`). All mistakes are shown at once; the exit code is 78. A running proxy takes new values of those that are marked live when it is told to read its settings again; others need a restart. Listeners, users and several clusters: [the proxy's file](../proxy-configuration.md).",
    section('keyfleet up', { ...upSettings, dataDir: dataDirSetting }),
    section('proxy', proxySettings),
    '`clusters` has clusters by name, each with the settings from `upstream` on; `listeners` is a list:',
    fieldsSection('listeners of the proxy', listenerFields),
    fieldsSection('users of a listener', userFields),
    section('configserver', configserverSettings),
    section('operator', operatorSettings),
  );
}

function section(title: string, settings: SettingsTable): string {
  const rows = Object.entries(settings).map(([key, { form, fallback, help, isLive }]) => [
    code(flagName(key)),
    code(environmentName(key)),
    code(key),
    form,
    fallbackText(fallback),
    isLive ? `${help} _live_` : help,
  ]);
  const head = ['flag', 'environment', 'file', 'value', 'default', 'what it is'];
  return `## ${title}\n\n${table(head, rows)}`;
}

/** Of what is in the file only. */
function fieldsSection(title: string, fields: SettingsTable): string {
  const rows = Object.entries(fields).map(([key, { form, fallback, help }]) => [
    code(key),
    form,
    fallbackText(fallback),
    help,
  ]);
  return `### ${title}\n\n${table(['field', 'value', 'default', 'what it is'], rows)}`;
}

function fallbackText(fallback: string | undefined): string {
  if (fallback === undefined) return 'required';
  return fallback === '' ? 'empty' : code(fallback);
}
