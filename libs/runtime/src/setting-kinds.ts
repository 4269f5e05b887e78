/** What a setting may be: how its text is read, and what that looks like for people and for editors of its file. */
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

export type Kind<T> = {
  /** Reads text: that is what flags and environment give, and a file is read as text, too. */
  readonly type: z.ZodType<T>;
  /** How the value is written, for help and the generated reference. */
  readonly form: string;
  /** How it is written in a file. */
  readonly json: JsonSchema;
};

export const text: Kind<string> = { form: 'text', type: z.string(), json: { type: 'string' } };

export function integer(min: number, max: number): Kind<number> {
  const want = `want an integer from ${min} to ${max}`;
  const type = z
    .string()
    .regex(/^-?\d{1,15}$/, want)
    .transform(Number)
    .refine((n) => n >= min && n <= max, want);
  return { form: `${min}…${max}`, type, json: { type: 'integer', minimum: min, maximum: max } };
}

export const port: Kind<number> = integer(0, 65535);

export const url: Kind<string> = {
  form: 'URL',
  type: z
    .string()
    .refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), 'want http://host:port'),
  json: { type: 'string', pattern: '^https?://' },
};

/** A name or an address, IPv6 in brackets. */
const HOST_PORT = /^(\[[\da-fA-F:.]+\]|[^\s:/[\]]+):([1-9]\d{0,4})$/;

export const hostPort: Kind<string> = {
  form: 'host:port',
  type: z
    .string()
    .refine((value) => Number(HOST_PORT.exec(value)?.[2] ?? Infinity) <= 65535, 'want host:port'),
  json: { type: 'string', pattern: HOST_PORT.source },
};

export function oneOf<const T extends string>(...values: T[]): Kind<T> {
  return {
    form: values.join(' | '),
    type: z.enum(values, `want one of ${values.join(', ')}`),
    json: { enum: values },
  };
}

/** Comma-separated; the empty text is the empty list. In a file also as a list. */
export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  const type = z
    .string()
    .transform((value) => (value === '' ? [] : value.split(',')))
    .pipe(z.array(kind.type as unknown as z.ZodType<T, string>));
  return {
    form: `${kind.form},…`,
    type,
    json: { anyOf: [{ type: 'array', items: kind.json }, { type: 'string' }] },
  };
}
