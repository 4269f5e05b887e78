/** The settings file (design §3): named by `--config` or `KEYFLEET_CONFIG`, YAML or JSON, one field per setting. */
import { readFileSync } from 'node:fs';
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type ParsedNode,
} from 'yaml';
import { ConfigError, Mistakes } from './config-error.ts';
import type { Fields, FieldPath, LineOf } from './settings-layers.ts';
import type { Sources } from './settings.ts';
import { yamlFaults } from './yaml-faults.ts';

const FLAG = '--config';
const VARIABLE = 'KEYFLEET_CONFIG';

/** `flag`: where the file was named. */
export type FileName = { readonly flag: string; readonly path: string };
export type FieldsFile = { readonly file: Fields; readonly lineOf: LineOf };

/** Takes `--config` off the line and reads its file. Throws ConfigError when there is none, or it holds no fields. */
export function sourcesOf(argv: readonly string[], env: Sources['env']): Sources {
  const { rest, path } = takeConfigFlag(argv);
  const file = path ?? env[VARIABLE];
  return file === undefined
    ? { argv: rest, env }
    : { argv: rest, env, ...readFieldsFile({ flag: FLAG, path: file }) };
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

/** Throws ConfigError. */
export function readFieldsFile(of: FileName): FieldsFile {
  let content: string;
  try {
    content = readFileSync(of.path, 'utf8');
  } catch (error) {
    throw new ConfigError([`${of.flag}  cannot read "${of.path}": ${(error as Error).message}`]);
  }
  return parseFields(content, of);
}

/** Every scalar is the text that was written, as from a flag: a password of 0123 stays one. Throws ConfigError. */
export function parseFields(content: string, { flag, path }: FileName): FieldsFile {
  const lines = new LineCounter();
  const options = { schema: 'failsafe', merge: true, prettyErrors: false } as const;
  const document = parseDocument(content, { ...options, lineCounter: lines });
  const mistakes = new Mistakes();
  const refuse = (because: string, line?: number): void =>
    mistakes.add(flag, `cannot read "${path}": ${because}`, line);
  for (const { because, offset } of yamlFaults(document))
    refuse(because, lines.linePos(offset).line);
  mistakes.throwIfAny();
  const fields = fieldsOf(document, refuse);
  mistakes.throwIfAny();
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new ConfigError([`${flag}  want fields such as "port: 7480" in "${path}"`]);
  const lineOf = (at: FieldPath): number | undefined => {
    const offset = offsetOf(document.contents, at);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  return { file: fields as Fields, lineOf };
}

function fieldsOf(document: Document.Parsed, refuse: (because: string) => void): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases of too much.
    refuse((error as Error).message);
    return undefined;
  }
}

/** Where the field begins; of one that is not written there (it came by an alias), where what should hold it begins. */
function offsetOf(from: ParsedNode | null, path: FieldPath): number | undefined {
  let node: unknown = from;
  let offset: number | undefined;
  for (const part of path) {
    const [key, value] = childOf(node, part);
    if (!isNode(key)) break;
    offset = key.range?.[0] ?? offset;
    node = value;
  }
  return offset;
}

/** What says where the child is, and the child: of a list its item is both. */
function childOf(node: unknown, part: string | number): [unknown, unknown] {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
    return [pair?.key, pair?.value];
  }
  const item = isSeq(node) && typeof part === 'number' ? node.items[part] : undefined;
  return [item, item];
}
