/** The API's description, made from the same table that serves it. */
import { errorCodes, routes, type AnyRoute } from '@keyfleet/api';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

export function openApi(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(name, route);
  }
  const info = { title: 'Keyfleet configserver', version: '1.0.0' };
  return { openapi: '3.1.0', info, paths, components: { schemas: { Error: errorSchema } } };
}

const errorSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: {
      type: 'string',
      oneOf: Object.entries(errorCodes).map(([code, description]) => ({
        const: code,
        description,
      })),
    },
    message: { type: 'string' },
    details: {},
  },
};

function operationOf(name: string, route: AnyRoute): Json {
  const hasBody = !(route.body instanceof z.ZodUndefined);
  const parameters = [...parametersOf('path', route.params), ...parametersOf('query', route.query)];
  return {
    operationId: name,
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody && { requestBody: { required: true, content: jsonOf(route.body, 'input') } }),
    responses: {
      200: { description: 'Done', content: jsonOf(route.response, 'output') },
      default: {
        description: 'What is wrong',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodType): Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: of,
  }));
}

function jsonOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  return { 'application/json': { schema: schemaOf(schema, io) } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): z.core.JSONSchema.BaseSchema {
  const schema31 = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  delete schema31.$schema; // OpenAPI 3.1 has this dialect anyway
  return schema31;
}
