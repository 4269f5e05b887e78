import { describe, expect, it } from 'vitest';
import {
  clusterId,
  credentialsName,
  podName,
  proxyName,
  shardName,
  shardObjectName,
  volumeClaimName,
} from './names.ts';

const longest = 'c'.repeat(40);

describe('names', () => {
  it.each([
    ['orders-shard-0', shardObjectName('orders', 'shard-0')],
    ['orders-shard-0-1', podName('orders', 'shard-0-1')],
    ['data-orders-shard-0-1', volumeClaimName('orders', 'shard-0-1')],
    ['orders-proxy', proxyName('orders')],
    ['orders-credentials', credentialsName('orders')],
    ['team-a.orders', clusterId('team-a', 'orders')],
  ])('%s', (want, name) => expect(name).toBe(want));

  it.each([
    ['the volume claim of a server', volumeClaimName(longest, `${shardName(1023)}-5`)],
    [
      'a revision of a StatefulSet',
      `${shardObjectName(longest, shardName(1023))}-${'h'.repeat(10)}`,
    ],
    ['the pod of a proxy', `${proxyName(longest)}-${'h'.repeat(10)}-${'p'.repeat(5)}`],
    ['the credentials', credentialsName(longest)],
  ])('leave %s at most 63 characters', (_what, name) =>
    expect(name.length).toBeLessThanOrEqual(63),
  );
});
