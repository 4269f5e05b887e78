import { describe, expect, it } from 'vitest';
import { destinationOf } from './destination.ts';

describe('images get to the nodes', () => {
  it.each([
    ['kind-keyfleet', '', { by: 'kind', cluster: 'keyfleet' }],
    ['kind-a-b', '127.0.0.1:5000', { by: 'kind', cluster: 'a-b' }],
    ['production', 'ghcr.io/acme', { by: 'push' }],
  ])('of %s with the registry "%s"', (context, registry, want) => {
    expect(destinationOf(context, registry)).toEqual(want);
  });

  it('only if the user says by which registry', () => {
    expect(() => destinationOf('production', '')).toThrow(
      'Cannot deploy to production: it is no kind cluster, want IMAGE_REGISTRY',
    );
  });
});
