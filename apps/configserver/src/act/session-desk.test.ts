import { describe, expect, it } from 'vitest';
import type { SessionRenewal } from '@keyfleet/api';
import { sessionsBehind } from '../plan/session-leases.ts';
import { forget, retire } from '../api/retirement.ts';
import { SessionDesk } from './session-desk.ts';
import { createCluster, testLeader, type TestLeader } from '../testing/test-leader.ts';

const proxy = { id: 'p', host: '127.0.0.1', port: 7480, adminUrl: 'http://127.0.0.1:9901', pid: 1 };
const applied = (appliedVersion: number): SessionRenewal => {
  return { appliedVersion, health: 'serving', errors: [] };
};
const cluster = 'c1';

async function opened(): Promise<TestLeader & { session: string }> {
  const leader = await testLeader();
  await createCluster(leader, cluster);
  const { session } = await leader.desk.open(cluster, proxy);
  return Object.assign(leader, { session });
}

const recorded = ({ cache }: TestLeader): string[] => [
  ...cache.state.clusters.get(cluster)!.sessions.keys(),
];
const eventTypes = ({ cache }: TestLeader): string[] =>
  [...cache.state.clusters.get(cluster)!.events.values()].map(({ value }) => value.type);

describe('a proxy session', () => {
  it('is granted for the lease, with the version that is current', async () => {
    await using leader = await testLeader();
    await createCluster(leader, cluster);
    expect(await leader.desk.open(cluster, proxy)).toEqual({
      session: 's1',
      leaseMs: 3000,
      version: 0,
    });
    expect(recorded(leader)).toEqual(['s1']);
  });

  it('acknowledges what it applied', async () => {
    await using leader = await opened();
    const lease = (): string[] => sessionsBehind(leader.desk.leases(cluster), 7);
    expect(lease()).toEqual(['s1']);
    leader.desk.renew(cluster, leader.session, applied(6));
    expect(lease()).toEqual(['s1']);
    leader.desk.renew(cluster, leader.session, applied(7));
    expect(lease()).toEqual([]);
  });

  it('lives as long as it renews, and is ended in the store when it does not', async () => {
    await using leader = await opened();
    const { desk, clock, session, signal } = leader;
    const running = desk.run(signal);
    for (let renewal = 0; renewal < 5; renewal++) {
      clock.advance(3000);
      desk.renew(cluster, session, applied(1));
    }
    clock.advance(3131);
    await expect.poll(() => recorded(leader)).toEqual([]);
    expect(() => desk.renew(cluster, session, applied(1))).toThrow(
      expect.objectContaining({ code: 'SESSION_ENDED' }),
    );
    await expect.poll(() => desk.leases(cluster)).toEqual([]);
    expect(eventTypes(leader)).toEqual(['sessionOpened', 'sessionEnded']);
    await leader[Symbol.asyncDispose]();
    await running;
  });

  it('is answered no more from the moment its end is decided, and counts until the store knows', async () => {
    await using leader = await opened();
    const { desk, session } = leader;
    const closing = desk.close(cluster, session);
    expect(() => desk.renew(cluster, session, applied(1))).toThrow(
      expect.objectContaining({ code: 'SESSION_ENDED' }),
    );
    expect(sessionsBehind(desk.leases(cluster), 7)).toEqual([session]);
    await closing;
    expect(sessionsBehind(desk.leases(cluster), 7)).toEqual([]);
    expect(eventTypes(leader)).toEqual(['sessionOpened', 'sessionClosed']);
  });

  it('is not renewed by a leader whose own lease is not certain', async () => {
    await using leader = await opened();
    leader.lease.validUntilMs = leader.clock.monotonicMs() + 100;
    expect(() => leader.desk.renew(cluster, leader.session, applied(1))).toThrow(
      expect.objectContaining({ code: 'NO_LEADER' }),
    );
  });

  it('counts as renewed at the election of a new leader', async () => {
    await using leader = await opened();
    leader.clock.advance(2900);
    const successor = new SessionDesk({ ...leader.deskOptions, newId: () => 's9' });
    const running = successor.run(leader.signal);
    leader.clock.advance(3000);
    successor.renew(cluster, leader.session, applied(1));
    expect(successor.leases(cluster)).toMatchObject([{ id: leader.session, appliedVersion: 1 }]);
    await leader[Symbol.asyncDispose]();
    await running;
  });

  it('is unknown to everyone when it was never opened', async () => {
    await using leader = await opened();
    expect(() => leader.desk.renew(cluster, 'other', applied(1))).toThrow(
      expect.objectContaining({ code: 'SESSION_ENDED' }),
    );
  });

  it('is neither opened nor renewed while its cluster is retired, and ends as if it were silent', async () => {
    await using leader = await opened();
    const { desk, clock, session, signal } = leader;
    await retire(leader.writes, cluster);
    const retired = expect.objectContaining({ code: 'RETIRED' }) as Error;
    await expect(desk.open(cluster, proxy)).rejects.toEqual(retired);
    expect(() => desk.renew(cluster, session, applied(1))).toThrow(retired);
    const running = desk.run(signal);
    clock.advance(3131);
    await expect.poll(() => recorded(leader)).toEqual([]);
    await leader[Symbol.asyncDispose]();
    await running;
  });

  it('has no part in a later cluster of the same name', async () => {
    await using leader = await opened();
    await retire(leader.writes, cluster);
    await forget(leader.writes, cluster);
    await expect(leader.desk.open(cluster, proxy)).rejects.toMatchObject({
      code: 'CLUSTER_UNKNOWN',
    });
    await createCluster(leader, cluster);
    expect(() => leader.desk.renew(cluster, leader.session, applied(1))).toThrow(
      expect.objectContaining({ code: 'SESSION_ENDED' }),
    );
  });
});
