/** A record's key and codec in one declaration; a missing part of the key is a type error. */
import { z } from 'zod';

type Params<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Record<Name, string> & Params<Rest>
  : unknown;

export type RecordKind<P extends string, T> = {
  readonly pattern: P;
  /** Without `schema: 1`, which every record has. */
  readonly schema: z.ZodType<T>;
  key(params: Params<P>): string;
  /** The parts of a key of this kind, or undefined for any other key. */
  parse(key: string): Record<string, string> | undefined;
  encode(value: T): string;
  /** Throws RecordError: what is in the store is not what this version writes. */
  decode(text: string, key?: string): T;
};

export class RecordError extends Error {
  readonly code = 'RECORD';
  constructor(key: string, cause: unknown) {
    super(`Cannot read record ${key}: ${String(cause)}`, { cause });
    this.name = 'RecordError';
  }
}

/** Declares the records at `pattern`, e.g. `/keyfleet/v1/clusters/{cluster}`; every record carries `schema: 1`. */
export function record<const P extends string, S extends z.ZodRawShape>(
  pattern: P,
  shape: S,
): RecordKind<P, z.output<z.ZodObject<S>>> {
  const schema = z.object(shape);
  const names = [...pattern.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const matcher = new RegExp(`^${pattern.replace(/\{\w+\}/g, '([^/]+)')}$`);
  return {
    pattern,
    schema,
    key: (params) =>
      pattern.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent((params as Record<string, string>)[name]!),
      ),
    parse: (key) => {
      const parts = matcher.exec(key);
      return parts
        ? Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(parts[at + 1]!)]))
        : undefined;
    },
    encode: (value) => JSON.stringify({ schema: 1, ...(schema.parse(value) as object) }),
    decode: (text, key = pattern) => {
      try {
        const value = parseJson(text) as { schema?: unknown };
        if (value.schema !== 1) throw new TypeError(`schema ${String(value.schema)}, want 1`);
        return schema.parse(value);
      } catch (cause) {
        throw new RecordError(key, cause);
      }
    },
  };
}

/** The runtime's own error quotes what it cannot parse, and that may be a secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('it is no JSON');
  }
}
