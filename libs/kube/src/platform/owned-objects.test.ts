import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../client/kube-object.ts';
import { OwnedObjects } from './owned-objects.ts';

const LABEL = 'keyfleet.dev/cluster';

function service(name: string, resourceVersion: string, uid = 'u1'): KubeObject {
  const labels = { [LABEL]: 'orders' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'team-a', name, uid, resourceVersion, labels },
  };
}

describe('OwnedObjects', () => {
  it('finds the objects of one cluster, and says whose an object is', () => {
    const objects = new OwnedObjects(LABEL);
    expect(objects.remember(service('a', '1'))).toBe('team-a/orders');
    expect(objects.of('team-a', 'orders').get('Service', 'a')).toEqual(service('a', '1'));
    expect(objects.of('team-a', 'orders').all('Service')).toHaveLength(1);
    expect(objects.of('team-b', 'orders').get('Service', 'a')).toBeUndefined();
    expect(objects.of('team-a', 'orders').get('Pod', 'a')).toBeUndefined();
  });

  it('takes no notice of what belongs to no cluster', () => {
    const stray = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } };
    expect(new OwnedObjects(LABEL).remember(stray)).toBeUndefined();
  });

  it('does not go back to what a slow watch brings', () => {
    const objects = new OwnedObjects(LABEL);
    objects.remember(service('a', '10'));
    objects.remember(service('a', '9'));
    expect(objects.of('team-a', 'orders').get('Service', 'a')?.metadata.resourceVersion).toBe('10');
  });

  it('keeps an object that was made again when the end of the first is heard', () => {
    const objects = new OwnedObjects(LABEL);
    objects.remember(service('a', '10', 'u1'));
    objects.remember(service('a', '12', 'u2'));
    objects.forget(service('a', '11', 'u1'));
    expect(objects.of('team-a', 'orders').get('Service', 'a')?.metadata.uid).toBe('u2');
    objects.forget(service('a', '13', 'u2'));
    expect(objects.of('team-a', 'orders').get('Service', 'a')).toBeUndefined();
  });

  it('does not learn of an object from an answer that comes after its end', () => {
    const objects = new OwnedObjects(LABEL);
    objects.forget(service('a', '11', 'u1'));
    objects.remember(service('a', '10', 'u1'));
    expect(objects.of('team-a', 'orders').get('Service', 'a')).toBeUndefined();
  });
});
