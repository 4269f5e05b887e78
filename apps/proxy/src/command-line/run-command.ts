/** What `keyfleet-proxy` does besides serving. */
import type { Sources } from '@keyfleet/runtime';
import { configSummary } from '../config/config-summary.ts';
import { fileSchema } from '../config/file-schema.ts';
import { loadProxyConfig } from '../config/load-proxy-config.ts';
import type { Answer } from './answer.ts';
import { fromEnvoy } from './from-envoy.ts';
import { helpText } from './help-text.ts';

/** `args`: what follows the command on the line, then what is before it. */
type Command = (args: readonly string[], env: Sources['env']) => Answer;

const commands: Readonly<Record<string, Command>> = {
  '--help': () => ({ stdout: helpText(), exitCode: 0 }),
  '-h': () => ({ stdout: helpText(), exitCode: 0 }),
  '--schema': () => ({ stdout: `${JSON.stringify(fileSchema(), null, 2)}\n`, exitCode: 0 }),
  '--check': check,
  '--from-envoy': fromEnvoy,
};

/** Null: the line has no command, serve. Throws ConfigError. */
export function runCommand(line: readonly string[], env: Sources['env']): Answer | null {
  const at = line.findIndex((argument) => Object.hasOwn(commands, nameOf(argument)));
  if (at === -1) return null;
  const name = nameOf(line[at]!);
  const value = line[at]!.slice(name.length + 1);
  const args = [...(value === '' ? [] : [value]), ...line.slice(at + 1), ...line.slice(0, at)];
  return commands[name]!(args, env);
}

/** Of `--check` and of `--check=FILE`. */
function nameOf(argument: string): string {
  return argument.split('=', 1)[0]!;
}

/** The file may be named as an argument, or as when the proxy is started. */
function check(args: readonly string[], env: Sources['env']): Answer {
  const hasFile = args[0]?.startsWith('--') === false;
  const config = loadProxyConfig(hasFile ? ['--config', ...args] : args, env);
  return { stdout: configSummary(config), exitCode: 0 };
}
