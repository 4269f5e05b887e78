import { readFileSync } from 'node:fs';
import { kubernetesFields, ManifestError, parseManifest, type Manifest } from '@keyfleet/lifecycle';
import { describeFileError } from '@keyfleet/local-platform';
import { parseAllDocuments, type Document, type YAMLParseError } from 'yaml';
import { CommandError, EXIT_CONFIG } from './command-error.ts';
import type { UpKey } from './settings.ts';

export type ManifestFile = {
  readonly path: string;
  readonly manifest: Manifest;
  /** What the file itself says, without defaults, by the flag that would say it. */
  readonly said: Readonly<Partial<Record<UpKey, string>>>;
  /** Fields that it has and that mean nothing on one machine. */
  readonly forKubernetes: readonly string[];
};

/** Throws CommandError with every mistake of the file. */
export function readManifestFile(path: string): ManifestFile {
  const value = parseYaml(path, readText(path));
  try {
    const manifest = parseManifest(value);
    return { path, manifest, said: saidBy(value), forKubernetes: kubernetesFields(value) };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new CommandError(describe(path, error.mistakes), { exitCode: EXIT_CONFIG, cause: error });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const message = `Cannot read the manifest ${path}: ${describeFileError(error)}, want a YAML file`;
    throw new CommandError(message, { exitCode: EXIT_CONFIG, cause: error });
  }
}

function parseYaml(path: string, text: string): unknown {
  const parsed = parseAllDocuments(text);
  const documents = Array.isArray(parsed) ? parsed : [];
  const [document, second] = documents;
  const mistakes = documents.flatMap(({ errors }) => errors.map(describeYamlError));
  if (mistakes.length > 0)
    throw new CommandError(describe(path, mistakes), { exitCode: EXIT_CONFIG });
  const value = document ? valueOf(path, document) : null;
  const count = documents.length;
  const unusable = second ? `it has ${count} YAML documents` : value === null && 'it is empty';
  if (unusable) {
    const message = `Cannot use the manifest ${path}: ${unusable}, want one RedisCluster`;
    throw new CommandError(message, { exitCode: EXIT_CONFIG });
  }
  return value;
}

/** Aliases are followed only here: one may lead nowhere, or many of them to more than memory holds. */
function valueOf(path: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    const message = `Cannot use the manifest ${path}: its YAML aliases cannot be followed, want plain values`;
    throw new CommandError(message, { exitCode: EXIT_CONFIG, cause });
  }
}

function describeYamlError({ code, linePos }: YAMLParseError): string {
  const what = code.toLowerCase().replaceAll('_', ' ');
  const [at] = linePos ?? [];
  return at ? `line ${at.line}, column ${at.col}  is no YAML: ${what}` : `is no YAML: ${what}`;
}

function describe(path: string, mistakes: readonly string[]): string {
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  return `Cannot use the manifest ${path}: ${count}\n${mistakes.map((line) => `  ${line}`).join('\n')}`;
}

type RawManifest = {
  spec?: {
    shards?: number;
    replicasPerShard?: number;
    proxy?: { port?: number };
    engine?: { flavor?: string };
  };
};

/** Only called for what `parseManifest` took. */
function saidBy(value: unknown): ManifestFile['said'] {
  const { spec } = value as RawManifest;
  const said = {
    shards: spec?.shards,
    replicas: spec?.replicasPerShard,
    port: spec?.proxy?.port,
    server: spec?.engine?.flavor && `${spec.engine.flavor}-server`,
  };
  return Object.fromEntries(
    Object.entries(said).flatMap(([key, part]) =>
      part === undefined ? [] : [[key, String(part)]],
    ),
  );
}
