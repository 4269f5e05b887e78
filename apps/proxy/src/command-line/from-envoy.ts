/** `--from-envoy FILE`: our configuration on standard output, what it does not carry on standard error. */
import {
  ConfigError,
  parseFields,
  pathText,
  readFieldsFile,
  type FieldsFile,
} from '@keyfleet/runtime';
import { stringify } from 'yaml';
import { readProxyConfig } from '../config/load-proxy-config.ts';
import { convertEnvoy } from '../envoy/convert-envoy.ts';
import type { Note } from '../envoy/envoy-node.ts';
import type { Answer } from './answer.ts';

const FLAG = '--from-envoy';

export function fromEnvoy([path]: readonly string[]): Answer {
  if (path === undefined) throw new ConfigError([`${FLAG}  wants the file of an Envoy`]);
  const envoy = readFieldsFile({ flag: FLAG, path });
  const { file, notes } = convertEnvoy(envoy.file);
  const said = inOrder(notes, envoy).join('');
  if (file.listeners.length === 0)
    return {
      stderr: `${said}${FLAG}  want a listener with redis_proxy that can be carried\n`,
      exitCode: 78,
    };
  const yaml = `# Converted from ${path} by keyfleet-proxy ${FLAG}.\n${stringify(file)}`;
  return { stdout: yaml, ...checked(yaml, said) };
}

/** As they come in the file. */
function inOrder(notes: readonly Note[], { lineOf }: FieldsFile): string[] {
  return notes
    .map(({ path, what }) => ({ name: pathText(path), what, line: lineOf(path) ?? 0 }))
    .sort((a, b) => a.line - b.line)
    .map(({ name, what, line }) => `${name}  ${what} (line ${line})\n`);
}

/** Two of Envoy's listeners may want one port, say. */
function checked(yaml: string, said: string): Omit<Answer, 'stdout'> {
  try {
    readProxyConfig({
      argv: [],
      env: {},
      ...parseFields(yaml, { flag: FLAG, path: 'the result' }),
    });
    return { stderr: said, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const mistakes = error.mistakes.map((line) => `the result: ${line}\n`).join('');
    return { stderr: said + mistakes, exitCode: error.exitCode };
  }
}
