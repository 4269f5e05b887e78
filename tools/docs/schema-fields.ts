/** A zod schema as the rows of a table: one for each field, nested ones by their path. */
import { z } from 'zod';
import { code } from './markdown.ts';

type Schema = z.core.JSONSchema.BaseSchema;

export const fieldsHead = ['field', 'type', 'default'];

/** No rows: there is nothing to send. */
export function fieldRows(type: z.ZodType): string[][] {
  const schema = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Schema;
  return rowsOf(schema, '');
}

function rowsOf(schema: Schema, path: string): string[][] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) =>
    rowsOfField(value as Schema, path + name, required.has(name)),
  );
}

function rowsOfField(schema: Schema, path: string, isRequired: boolean): string[][] {
  const value = withoutNull(schema);
  const items = value.type === 'array' ? withoutNull(value.items as Schema) : undefined;
  const own = [code(path), typeText(schema), isRequired ? 'required' : defaultText(schema)];
  const nested = items ? rowsOf(items, `${path}[].`) : rowsOf(value, `${path}.`);
  return [own, ...nested];
}

function defaultText(schema: Schema): string {
  return schema.default === undefined ? 'optional' : code(JSON.stringify(schema.default));
}

function withoutNull(schema: Schema): Schema {
  const others = (schema.anyOf ?? []).filter((one) => one.type !== 'null');
  return others.length === 1 ? (others[0] as Schema) : schema;
}

function typeText(schema: Schema): string {
  const value = withoutNull(schema);
  if (value !== schema) return `${typeText(value)} or null`;
  if (schema.enum) return schema.enum.map((one) => code(String(one))).join(' ');
  if (schema.type === 'array') return `list of ${typeText(schema.items as Schema)}`;
  if (schema.type === 'integer') return `integer${rangeText(schema)}`;
  if (schema.type === 'object' && !schema.properties) return mapText(schema);
  return [schema.type ?? 'any'].flat().join(' or ');
}

function mapText(schema: Schema): string {
  const value = schema.additionalProperties;
  return typeof value === 'object' ? `map of ${typeText(value)}` : 'object';
}

function rangeText({ minimum = -Infinity, maximum = Infinity }: Schema): string {
  const [hasMin, hasMax] = [minimum, maximum].map(
    (limit) => Number.isFinite(limit) && !isEdge(limit),
  );
  if (hasMin && hasMax) return ` ${minimum}…${maximum}`;
  if (hasMin) return ` ≥ ${minimum}`;
  return hasMax ? ` ≤ ${maximum}` : '';
}

/** Where zod bounds every integer. */
function isEdge(limit: number): boolean {
  return Math.abs(limit) === Number.MAX_SAFE_INTEGER;
}
