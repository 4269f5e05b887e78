import { environmentName, flagName, type SettingsTable } from '@keyfleet/runtime';
import { clusterSettings, processSettings } from '../settings.ts';

const COLUMNS = 100;
const INDENT = ' '.repeat(6);

const head = `keyfleet-proxy [--config FILE] [SETTING …]   serves
keyfleet-proxy --check [FILE] [SETTING …]    says what FILE means, or every mistake in it
keyfleet-proxy --schema                      prints the JSON Schema of FILE
keyfleet-proxy --help

FILE is YAML or JSON; without --config it is named by KEYFLEET_CONFIG, or there is none. Each setting
is a flag, a variable of the environment, and a field of the file; a flag wins over the environment,
the environment over the file. The file may have listeners and clusters, too: docs/proxy-configuration.md.
`;

export function helpText(): string {
  return [
    head,
    section('Of the process', processSettings),
    section('Of each cluster', clusterSettings),
  ].join('\n');
}

function section(title: string, table: SettingsTable): string {
  const lines = Object.entries(table).flatMap(([key, { form, fallback, help }]) => [
    `  ${flagName(key)} ${form}`,
    ...wrapped(help).map((line) => INDENT + line),
    `${INDENT}${environmentName(key)}${fallback ? `, default ${fallback}` : ''}`,
  ]);
  return `${title}:\n${lines.join('\n')}\n`;
}

function wrapped(text: string): string[] {
  const width = COLUMNS - INDENT.length;
  return text.match(new RegExp(`.{1,${width}}(?= |$)|[^ ]+`, 'g'))!.map((line) => line.trim());
}
