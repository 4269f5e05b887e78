/** The settings file (design §3): named by `--config` or `KEYFLEET_CONFIG`, YAML or JSON, one field per setting. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ConfigError, type Sources } from './settings.ts';

const FLAG = '--config';
const VARIABLE = 'KEYFLEET_CONFIG';

/** Takes `--config` off the line and reads its file. Throws ConfigError when there is none, or it holds no fields. */
export function sourcesOf(argv: readonly string[], env: Sources['env']): Sources {
  const { rest, path } = takeConfigFlag(argv);
  const file = path ?? env[VARIABLE];
  return file === undefined ? { argv: rest, env } : { argv: rest, env, file: readFields(file) };
}

function takeConfigFlag(argv: readonly string[]): { rest: string[]; path: string | undefined } {
  const rest: string[] = [];
  let path: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at]!;
    if (argument.startsWith(`${FLAG}=`)) path = argument.slice(FLAG.length + 1);
    else if (argument === FLAG) path = argv[++at] ?? '';
    else rest.push(argument);
  }
  return { rest, path };
}

function readFields(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const [because] = (error as Error).message.split('\n');
    throw new ConfigError([`${FLAG}  cannot read "${path}": ${because!}`]);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ConfigError([`${FLAG}  want fields such as "port: 7480" in "${path}"`]);
  }
  return Object.fromEntries(Object.entries(content).map(([key, value]) => [key, textOf(value)]));
}

/** Settings are read as text from wherever they come; lists are written with commas there. */
function textOf(value: unknown): unknown {
  return Array.isArray(value) ? value.join(',') : value;
}
