import { ManifestError, parseManifest } from '@keyfleet/lifecycle';
import { describe, expect, it } from 'vitest';
import { celRules } from './cel-rules.ts';
import { redisClusterCrd } from './redis-cluster-crd.ts';
import type { RedisClusterStatus } from './redis-cluster-status.ts';
import type { StructuralSchema } from './structural-schema.ts';
import {
  accepted,
  refusedByRule,
  refusedByShape,
  refusedChanges,
} from './testing/manifest-cases.ts';
import { statusOf } from './testing/status-of.ts';

function mistakesOf(spec: unknown, name = 'orders'): readonly string[] {
  const metadata = { name };
  try {
    parseManifest({ apiVersion: 'keyfleet.dev/v1alpha1', kind: 'RedisCluster', metadata, spec });
    return [];
  } catch (error) {
    if (error instanceof ManifestError) return error.mistakes;
    throw error;
  }
}

type Node = { readonly path: string; readonly schema: StructuralSchema };

function nodesOf(path: string, schema: StructuralSchema): Node[] {
  const { properties = {}, items, additionalProperties } = schema;
  const children = [
    ...Object.entries(properties).map(([name, child]) => nodesOf(`${path}.${name}`, child)),
    ...[items, additionalProperties].map((child) => (child ? nodesOf(`${path}.*`, child) : [])),
  ];
  return [{ path, schema }, ...children.flat()];
}

const [{ schema }] = redisClusterCrd().spec.versions;
const nodes = nodesOf('', schema.openAPIV3Schema);

describe('parseManifest judges as the API server does, and', () => {
  it.each(accepted)('accepts %s', (_what, spec) => expect(mistakesOf(spec)).toEqual([]));

  it.each(Object.entries(refusedByRule))('sees to it that %s', (_rule, { spec, name, local }) => {
    expect(mistakesOf(spec, name)).toEqual([local]);
  });

  it.each(refusedByShape)('refuses a %s that %s', (field, _why, spec) => {
    const [mistake, ...others] = mistakesOf(spec);
    expect(mistake).toMatch(`${field}  `);
    expect(others).toEqual([]);
  });
});

describe('the rules in CEL', () => {
  it('have a case each', () => {
    const tried = new Set([
      ...Object.keys(refusedByRule),
      ...refusedChanges.map(({ rule }) => rule),
    ]);
    expect([...tried].sort()).toEqual(Object.keys(celRules).sort());
  });

  it('are all in the definition: a path that is not there would be no error', () => {
    const found = nodes.flatMap((node) => node.schema['x-kubernetes-validations'] ?? []);
    const rules = found.map(({ rule, message }) => `${rule} ${message}`).sort();
    expect(rules).toEqual(
      Object.values(celRules)
        .map(({ rule, message }) => `${rule} ${message}`)
        .sort(),
    );
  });
});

describe('the schema', () => {
  it('says of each field in a sentence what it is', () => {
    // The API server describes the first three itself.
    const known = new Set(['.apiVersion', '.kind', '.metadata', '.metadata.name']);
    const fields = nodes.filter(({ path }) => !known.has(path) && !path.endsWith('.*'));
    const dumb = fields.filter(
      ({ schema: { description } }) => !/^\S.*\.$/.test(String(description)),
    );
    expect(dumb.map(({ path }) => path)).toEqual([]);
  });

  it('is short enough for a status of 1024 shards', () => {
    const status: RedisClusterStatus = statusOf(1024);
    expect(JSON.stringify(status).length).toBeLessThan(500_000);
  });
});
