/** The configuration file as JSON Schema, for editors and other programs; from the same tables that read it. */
import type { JsonSchema, Setting, SettingsTable } from '@keyfleet/runtime';
import { proxySettings } from '../settings.ts';
import { clusterFields, listenerFields, userFields } from './file-tables.ts';

export function fileSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'keyfleet-proxy configuration',
    ...object({
      ...properties(proxySettings),
      listeners: {
        description:
          'Where clients connect, and what they get there; else one: port and bind on top.',
        ...listOf(listenerSchema()),
      },
      clusters: {
        description:
          'Clusters by name; what they have in common may stand on top. Else one: cluster, upstream … on top.',
        type: 'object',
        minProperties: 1,
        additionalProperties: { ...fields(clusterFields), type: ['object', 'null'] },
      },
    }),
  };
}

function listenerSchema(): JsonSchema {
  const users = {
    description: 'Who may log in; without: everybody.',
    ...listOf(fields(userFields)),
  };
  const { properties: own, ...rest } = fields(listenerFields);
  return { ...rest, properties: { ...(own as object), users } };
}

function fields(table: SettingsTable): JsonSchema {
  const required = Object.keys(table).filter((key) => table[key]!.fallback === undefined);
  return { ...object(properties(table)), ...(required.length === 0 ? {} : { required }) };
}

function object(of: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', additionalProperties: false, properties: of };
}

function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', minItems: 1, items };
}

function properties(table: SettingsTable): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(table).map(([key, of]) => [key, property(of)]));
}

function property({ json, help, fallback }: Setting): JsonSchema {
  const described = { description: help, ...json };
  if (fallback === undefined || fallback === '') return described;
  return { ...described, default: json['type'] === 'integer' ? Number(fallback) : fallback };
}
