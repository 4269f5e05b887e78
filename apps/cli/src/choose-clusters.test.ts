import { expect, it } from 'vitest';
import { chooseClusters } from './choose-clusters.ts';

const clusters = [{ name: 'default' }, { name: 'shop' }];

it('takes the named cluster, and all when none is named', () => {
  expect(chooseClusters(clusters, 'shop')).toEqual([{ name: 'shop' }]);
  expect(chooseClusters(clusters, '')).toEqual(clusters);
});

it('says which there are', () => {
  expect(() => chooseClusters(clusters, 'sop')).toThrow(
    'Cannot show the cluster sop: there is no such cluster, want one of default, shop',
  );
  expect(() => chooseClusters([{ name: 'default' }], 'x')).toThrow(/cluster, want default$/);
  expect(() => chooseClusters([], 'x')).toThrow(/there is none yet$/);
});
