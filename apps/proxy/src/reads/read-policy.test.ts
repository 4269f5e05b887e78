import { expect, it } from 'vitest';
import { policyFor } from './read-policy.ts';

it.each([
  ['none', 'primary', 'primary'],
  ['none', 'nearest', 'nearest'],
  ['readonly', 'primary', 'replica'],
  ['readonly', 'any', 'any'],
  ['readwrite', 'replica', 'primary'],
] as const)('a client that says %s in a cluster of %s reads by %s', (wish, ofCluster, policy) =>
  expect(policyFor(wish, ofCluster)).toBe(policy),
);
