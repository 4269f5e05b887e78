import { serverConfigName } from '@keyfleet/lifecycle';
import { describe, expect, it } from 'vitest';
import { strangerAt } from './stranger.ts';

const owner = { cluster: 'team-a.orders', node: 'shard-0-1' };

describe('strangerAt', () => {
  it.each([
    ['our own file', `/etc/keyfleet/${serverConfigName(owner.cluster, owner.node)}`],
    ['no file', ''],
    ['a name of another form', '/etc/redis/redis.conf'],
    ['a name that only looks like ours', '/etc/team-b.orders.shard-x.conf'],
    ["a folder with another's name", '/team-b.orders.shard-0-1.conf/redis.conf'],
  ])('takes %s', (_name, file) => expect(strangerAt(file, owner)).toBeNull());

  it.each([
    ['of another cluster', 'team-b.orders.shard-0-1.conf', 'shard-0-1 of team-b.orders'],
    ['of another node', 'team-a.orders.shard-10-1.conf', 'shard-10-1 of team-a.orders'],
    ['of a cluster without a namespace', 'orders.shard-0-1.conf', 'shard-0-1 of orders'],
  ])('knows a server %s', (_name, file, whose) =>
    expect(strangerAt(`/data/${file}`, owner)).toBe(`another server answers here: ${whose}`),
  );
});
