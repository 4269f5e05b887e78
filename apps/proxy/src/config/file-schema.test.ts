import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { fileSchema } from './file-schema.ts';

const schema = z.fromJSONSchema(fileSchema());

describe('the JSON Schema of the file', () => {
  it.each([
    ['flat settings', 'port: 1\nlease: on\nseeds: [a:1]'],
    ['lists with commas', 'seeds: a:1,b:2'],
    ['listeners', 'listeners: [{port: 1, users: [{name: a, password: b}]}]\nclusters: {a: }'],
  ])('allows %s', (_name, yaml) => {
    expect(schema.safeParse(parse(yaml)).error?.issues ?? []).toEqual([]);
  });

  it.each([
    ['a field that is no setting', 'prot: 1'],
    ['a number that is too great', 'port: 70000'],
    ['a listener without a port', 'listeners: [{cluster: a}]'],
    ['another upstream', 'clusters: {a: {upstream: redis}}'],
    ['the name of a cluster within', 'clusters: {a: {cluster: b}}'],
  ])('refuses %s', (_name, yaml) => {
    expect(schema.safeParse(parse(yaml)).success).toBe(false);
  });
});
