import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { structuralSchema } from './structural-schema.ts';

const int = z.int();

describe('structuralSchema', () => {
  it.each<[string, z.ZodType, object]>([
    ['leaves pruning to the API server', z.strictObject({}), { type: 'object', properties: {} }],
    [
      'gives a small integer its format',
      int.min(1).max(1024),
      { type: 'integer', minimum: 1, maximum: 1024, format: 'int32' },
    ],
    ['gives no bounds that nobody asked for', int, { type: 'integer', format: 'int64' }],
    ['keeps a default beside its type', z.string().default('x'), { type: 'string', default: 'x' }],
    ['has a fixed value as the only choice', z.literal('x'), { type: 'string', enum: ['x'] }],
    ['keeps a pattern', z.string().regex(/^x$/), { type: 'string', pattern: '^x$' }],
    ['has no pattern beside a format', z.iso.datetime(), { type: 'string', format: 'date-time' }],
    [
      'bounds a map, and says nothing of its keys',
      z.record(z.string().regex(/x/), z.string()).meta({ maxProperties: 2 }),
      { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 2 },
    ],
    [
      'keeps what is not known',
      z.record(z.string(), z.unknown()),
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    ],
  ])('%s', (_what, schema, want) => expect(structuralSchema(schema)).toEqual(want));

  it('puts rules where they look: a field, the values of a map, the items of a list', () => {
    const rule = { rule: 'true', message: 'x' };
    const paths = ['spec', 'spec.map.*', 'spec.list.*'];
    const validations = new Map(paths.map((path) => [path, [rule]]));
    const schema = z.object({ map: z.record(z.string(), int), list: z.array(int) });
    const ruled = { 'x-kubernetes-validations': [rule] };
    expect(structuralSchema(schema, { path: 'spec', validations })).toMatchObject({
      ...ruled,
      properties: { map: { additionalProperties: ruled }, list: { items: ruled } },
    });
  });

  it.each([
    ['a union', z.object({ x: z.union([int, z.string()]) })],
    ['a tuple', z.object({ x: z.tuple([int]) })],
  ])('refuses %s by its path: it has no structural form', (_what, schema) => {
    expect(() => structuralSchema(schema)).toThrow(/^x {2}has /);
  });
});
