import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube-object.ts';
import { ObjectTable, type Change } from './object-table.ts';

const object = (name: string, version: number, uid = 'u1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a', uid, resourceVersion: String(version) },
});

type Act =
  | { readonly do: 'put' | 'remove'; readonly name: string; readonly uid: string }
  | { readonly do: 'relist'; readonly pages: string[][]; readonly uid: string };

const name = fc.constantFrom('p', 'q', 'r', 's');
const uid = fc.constantFrom('u1', 'u2');
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constantFrom('put' as const, 'remove' as const), name, uid }),
  fc.record({ do: fc.constant('relist' as const), pages: fc.array(fc.array(name)), uid }),
);

/** What a listener believes that there is, after what it was told. */
function hear(known: Map<string, KubeObject>, { kind, object: told }: Change<KubeObject>): void {
  const key = told.metadata.name;
  expect(known.has(key)).toBe(kind !== 'added');
  if (kind !== 'added') expect(told.metadata.uid).toBe(known.get(key)!.metadata.uid);
  if (kind === 'deleted') known.delete(key);
  else known.set(key, told);
}

describe('an ObjectTable', () => {
  it('tells every difference, and nothing else', () => {
    const check = (acts: Act[]): void => {
      const table = new ObjectTable((each) => each);
      const known = new Map<string, KubeObject>();
      let version = 1;
      for (const one of acts) {
        for (const change of perform(table, one, version++)) hear(known, change);
        expect(new Set(table.all())).toEqual(new Set(known.values()));
        expect(table.size).toBe(known.size);
      }
    };
    fc.assert(fc.property(fc.array(act, { maxLength: 30 }), check));
  });

  it('keeps and projects an object once for each version', () => {
    let projected = 0;
    const table = new ObjectTable(({ metadata }) => {
      projected++;
      return { name: metadata.name };
    });
    expect(table.put(object('p', 1))).toEqual([{ kind: 'added', object: { name: 'p' } }]);
    const kept = table.get('a', 'p');
    expect(table.put(object('p', 1))).toEqual([]);
    const relisting = table.relist();
    relisting.add([object('p', 1)]);
    expect(relisting.finish()).toEqual([]);
    expect(table.get('a', 'p')).toBe(kept);
    expect(projected).toBe(1);
  });

  it('knows objects without a namespace', () => {
    const table = new ObjectTable((each) => each);
    table.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', resourceVersion: '1' } });
    expect(table.get(undefined, 'n')).toBeDefined();
    expect(table.get('a', 'n')).toBeUndefined();
  });
});

function perform(
  table: ObjectTable<KubeObject>,
  one: Act,
  version: number,
): readonly Change<KubeObject>[] {
  if (one.do === 'relist') {
    const relisting = table.relist();
    for (const page of one.pages) {
      relisting.add(page.map((each) => object(each, version, one.uid)));
    }
    return relisting.finish();
  }
  return table[one.do](object(one.name, version, one.uid));
}
