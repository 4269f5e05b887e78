import { expect, it } from 'vitest';
import { qualifiedName } from './load-into-kind.ts';

it.each([
  ['keyfleet/proxy:0.1.0', 'docker.io/keyfleet/proxy:0.1.0'],
  ['acme/keyfleet/proxy:0.1.0', 'docker.io/acme/keyfleet/proxy:0.1.0'],
  ['ghcr.io/acme/keyfleet/proxy:0.1.0', 'ghcr.io/acme/keyfleet/proxy:0.1.0'],
  ['localhost/keyfleet/proxy:0.1.0', 'localhost/keyfleet/proxy:0.1.0'],
  ['127.0.0.1:5000/keyfleet/proxy:0.1.0', '127.0.0.1:5000/keyfleet/proxy:0.1.0'],
])('%s is %s to a node', (reference, name) => {
  expect(qualifiedName(reference)).toBe(name);
});
