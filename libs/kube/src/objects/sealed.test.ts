import { describe, expect, it } from 'vitest';
import { isApplied, sealed } from './sealed.ts';

const object = (data: Record<string, string>, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', annotations },
  data,
});
const wanted = sealed(object({ a: '1', b: '2' }));

describe('isApplied', () => {
  it.each([
    ['the same object', wanted, true],
    ['its keys in another order', sealed(object({ b: '2', a: '1' })), true],
    ['what the API server added', { ...wanted, status: {} }, true],
    ['another content', sealed(object({ a: '1' })), false],
    [
      'an annotation of ours that is another',
      sealed(object({ a: '1', b: '2' }, { c: '3' })),
      false,
    ],
    ['an object that is not ours', object({ a: '1', b: '2' }), false],
    ['nothing', undefined, false],
  ])('%s', (_what, found, want) => expect(isApplied(wanted, found)).toBe(want));

  it('never takes an object that was not sealed for applied', () => {
    expect(isApplied(object({}), object({}))).toBe(false);
  });
});

describe('sealed', () => {
  it('keeps the annotations that there are', () => {
    const { metadata } = sealed(object({}, { c: '3' }));
    expect(metadata.annotations).toMatchObject({
      c: '3',
      'keyfleet.dev/applied': expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
  });
});
