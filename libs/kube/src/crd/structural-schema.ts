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

type Translation = (value: unknown, schema: Json, place: Place) => StructuralSchema;

/** They mean the same on both sides. */
const kept = [
  ...['description', 'type', 'default', 'enum', 'required', 'format'],
  ...['minLength', 'maxLength', 'maxItems', 'maxProperties'],
  ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
];

/** Keys of a map have no keyword: a rule has to look at them. */
const dropped = ['$schema', 'propertyNames'];

const translations: ReadonlyMap<string, Translation> = new Map([
  ...kept.map((keyword): [string, Translation] => [keyword, (value) => ({ [keyword]: value })]),
  ...dropped.map((keyword): [string, Translation] => [keyword, () => ({})]),
  ['const', (value) => ({ enum: [value] })],
  ['minimum', (value) => (isEdge(value) ? {} : { minimum: value })],
  ['maximum', (value) => (isEdge(value) ? {} : { maximum: value })],
  // A format has its pattern already.
  ['pattern', (pattern, { format }) => (format === undefined ? { pattern } : {})],
  ['items', (value, _schema, place) => ({ items: translated(value as Json, child(place, '*')) })],
  ['properties', translatedProperties],
  ['additionalProperties', translatedMap],
]);

function translated(schema: Json, place: Place): StructuralSchema {
  const rules = place.validations.get(place.path);
  return {
    ...Object.fromEntries(
      Object.entries(schema).flatMap(([keyword, value]) => {
        const translation = translations.get(keyword);
        invariant(translation, `${place.path}  has ${keyword}, which no structural schema has`);
        return Object.entries(translation(value, schema, place));
      }),
    ),
    ...integerFormat(schema),
    ...(rules && { 'x-kubernetes-validations': rules }),
  };
}

function translatedProperties(value: unknown, _schema: Json, place: Place): StructuralSchema {
  const entries = Object.entries(value as Record<string, Json>);
  const properties = entries.map(([name, one]) => [name, translated(one, child(place, name))]);
  return { properties: Object.fromEntries(properties) as Record<string, StructuralSchema> };
}

function translatedMap(value: unknown, _schema: Json, place: Place): StructuralSchema {
  // The API server refuses or prunes fields that are not in the schema.
  if (value === false) return {};
  const values = value as Json;
  if (Object.keys(values).length === 0) return { 'x-kubernetes-preserve-unknown-fields': true };
  return { additionalProperties: translated(values, child(place, '*')) };
}

/** zod bounds every integer by what a double holds: that is no wish of ours. */
function isEdge(limit: unknown): boolean {
  return Math.abs(limit as number) === Number.MAX_SAFE_INTEGER;
}

function integerFormat({ type, maximum = Infinity }: Json): StructuralSchema {
  return type === 'integer' ? { format: maximum < 2 ** 31 ? 'int32' : 'int64' } : {};
}

function child(place: Place, name: string): Place {
  return { ...place, path: place.path === '' ? name : `${place.path}.${name}` };
}
