import { environmentName, flagName, type Setting, type SettingsTable } from '@keyfleet/runtime';
import { clusterSettings, processSettings } from '../settings.ts';

const COLUMNS = 100;
const INDENT = ' '.repeat(6);

const head = `keyfleet-proxy [--config FILE] [SETTING …]   serves
keyfleet-proxy --check [FILE] [SETTING …]    says what FILE means, or every mistake in it
keyfleet-proxy --from-envoy ENVOY_FILE       prints FILE for what an Envoy does, and what it cannot carry
keyfleet-proxy --schema                      prints the JSON Schema of FILE
keyfleet-proxy --help

FILE is YAML or JSON; without --config it is named by KEYFLEET_CONFIG, or there is none. Each setting
is a flag, a variable of the environment, and a field of the file; a flag wins over the environment,
the environment over the file. The file may have listeners and clusters, too: see
docs/proxy-configuration.md. What is live changes when a running proxy is told to read it again (SIGHUP).
`;

export function helpText(): string {
  return [
    head,
    section('Of the process', processSettings),
    section('Of each cluster', clusterSettings),
  ].join('\n');
}

function section(title: string, table: SettingsTable): string {
  const lines = Object.entries(table).flatMap(([key, of]) => [
    `  ${flagName(key)} ${of.form}`,
    ...wrapped(of.help).map((line) => INDENT + line),
    INDENT + factsOf(key, of),
  ]);
  return `${title}:\n${lines.join('\n')}\n`;
}

function factsOf(key: string, { fallback, isLive }: Setting): string {
  const ofDefault = fallback ? [`default ${fallback}`] : [];
  return [environmentName(key), ...ofDefault, ...(isLive ? ['live'] : [])].join(', ');
}

function wrapped(text: string): string[] {
  const width = COLUMNS - INDENT.length;
  return text.match(new RegExp(`.{1,${width}}(?= |$)|[^ ]+`, 'g'))!.map((line) => line.trim());
}
