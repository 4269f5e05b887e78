/**
 * A zod schema as what a CustomResourceDefinition takes: a *structural* schema (every node has its type, no unions, no
 * `const`). Unknown fields are pruned or refused by the API server itself; rules in CEL stand beside, by path.
 *
 * A keyword without a counterpart is an error, so that nothing of the zod schema is lost in silence.
 */
import { invariant } from '@keyfleet/runtime';
import { z } from 'zod';

export type Validation = {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  readonly reason?: string;
};

export type StructuralSchema = {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-validations'?: readonly Validation[];
  /** The rest is JSON Schema's own. */
  readonly [keyword: string]: unknown;
};

/** By path: `spec.config` the map, `spec.config.*` each of its values. */
export type Validations = ReadonlyMap<string, readonly Validation[]>;

type Json = z.core.JSONSchema.BaseSchema;
type Place = { readonly path: string; readonly validations: Validations };

export function structuralSchema(
  schema: z.ZodType,
  { path, validations }: Place = { path: '', validations: new Map() },
): StructuralSchema {
  return translated(z.toJSONSchema(schema, { io: 'input' }), { path, validations });
}

/** They mean the same on both sides. */
const kept = new Set([
  ...['description', 'type', 'default', 'enum', 'required', 'format'],
  ...['minLength', 'maxLength', 'maxItems', 'maxProperties'],
  ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
]);

/** Keys of a map are checked in CEL: there is no keyword for them. */
const dropped = new Set(['$schema', 'propertyNames']);

function translated(schema: Json, place: Place): StructuralSchema {
  const rules = place.validations.get(place.path);
  const parts = Object.entries(schema).map(([keyword, value]) =>
    translatedKeyword(keyword, value, { ...place, schema }),
  );
  return {
    ...Object.assign({}, ...parts),
    ...integerFormat(schema),
    ...(rules && { 'x-kubernetes-validations': rules }),
  } as StructuralSchema;
}

function translatedKeyword(
  keyword: string,
  value: unknown,
  { schema, ...place }: Place & { readonly schema: Json },
): StructuralSchema {
  if (kept.has(keyword)) return { [keyword]: value };
  if (dropped.has(keyword)) return {};
  switch (keyword) {
    case 'minimum':
    case 'maximum':
      // zod bounds every integer by what a double holds: that is no wish of ours.
      return Math.abs(value as number) === Number.MAX_SAFE_INTEGER ? {} : { [keyword]: value };
    case 'const':
      return { enum: [value] };
    case 'pattern':
      return translatedPattern(value as string, schema, place);
    case 'items':
      return { items: translated(value as Json, child(place, '*')) };
    case 'properties':
      return { properties: translatedProperties(value as Record<string, Json>, place) };
    case 'additionalProperties':
      return translatedMap(value as Json | false, place);
    default:
      invariant(false, `${place.path}  has ${keyword}, which no structural schema has`);
  }
}

/** A rule says what is wrong in our words; a format is a pattern already. */
function translatedPattern(pattern: string, { format }: Json, place: Place): StructuralSchema {
  return format !== undefined || place.validations.has(place.path) ? {} : { pattern };
}

function translatedProperties(
  properties: Readonly<Record<string, Json>>,
  place: Place,
): Record<string, StructuralSchema> {
  const entries = Object.entries(properties);
  return Object.fromEntries(
    entries.map(([name, schema]) => [name, translated(schema, child(place, name))]),
  );
}

function translatedMap(values: Json | false, place: Place): StructuralSchema {
  if (values === false) return {};
  if (Object.keys(values).length === 0) return { 'x-kubernetes-preserve-unknown-fields': true };
  return { additionalProperties: translated(values, child(place, '*')) };
}

function integerFormat({ type, maximum = Infinity }: Json): StructuralSchema {
  return type === 'integer' ? { format: maximum < 2 ** 31 ? 'int32' : 'int64' } : {};
}

function child(place: Place, name: string): Place {
  return { ...place, path: place.path === '' ? name : `${place.path}.${name}` };
}
