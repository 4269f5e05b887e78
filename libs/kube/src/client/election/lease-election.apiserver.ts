import { createLogger, systemClock } from '@keyfleet/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testNamespace, type TestNamespace } from '../testing/api-server.ts';
import type { Lease } from './lease.ts';
import { LeaseElection } from './lease-election.ts';

let test: TestNamespace;
beforeAll(async () => {
  test = await testNamespace();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const ref = () => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'operator', namespace: test.namespace },
});

function candidate(identity: string) {
  const election = new LeaseElection({
    client: test.client,
    namespace: test.namespace,
    name: 'operator',
    identity,
    clock: systemClock,
    random: Math.random,
    log: createLogger('test', 'silent'),
    leaseMs: 3_000,
    renewDeadlineMs: 2_000,
    retryMs: 200,
  });
  const stopping = new AbortController();
  const lead = async (signal: AbortSignal): Promise<void> => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  const running = election.run(lead, stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return { election, stop };
}

describe('on a real API server', () => {
  it('one leads, renews, and hands over', async () => {
    const candidates = ['a', 'b', 'c'].map(candidate);
    const leaders = () => candidates.filter(({ election }) => election.isLeader);
    await expect.poll(() => leaders().length, { timeout: 10_000 }).toBe(1);
    const [first] = leaders();
    const taken = await test.client.get<Lease>(ref());
    expect(taken!.spec).toMatchObject({
      holderIdentity: first!.election.identity,
      leaseDurationSeconds: 3,
      leaseTransitions: 0,
    });
    const renewTime = async () => (await test.client.get<Lease>(ref()))!.spec!.renewTime;
    await expect.poll(renewTime, { timeout: 10_000 }).not.toBe(taken!.spec!.renewTime);

    await first!.stop();
    await expect.poll(() => leaders().length, { timeout: 10_000 }).toBe(1);
    expect(leaders()[0]).not.toBe(first);
    for (const { stop } of candidates) await stop();
    expect(leaders()).toEqual([]);
    const released = await test.client.get<Lease>(ref());
    expect(released!.spec!.holderIdentity).toBe('');
  });
});
