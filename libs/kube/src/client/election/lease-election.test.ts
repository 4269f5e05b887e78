import { createLogger } from '@keyfleet/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseServer, type LeaseFault } from '../testing/lease-server.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { LeaseElection } from './lease-election.ts';

const LEASE_MS = 15_000;
const DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;
/** To see that a Lease is over takes a look, which is at most this far away. */
const LOOK_MS = RETRY_MS * 1.2;

/** Some candidates for one Lease, and who of them leads now. */
function testElection(...names: string[]) {
  const clock = new VirtualClock();
  const server = new LeaseServer(clock);
  const leading = new Set<string>();
  const story: string[] = [];
  const candidates = new Map(names.map((name) => [name, join(name)]));

  function join(name: string) {
    const stopping = new AbortController();
    /** What leads ends when this resolves; at once unless the test sets another. */
    const windingDown: { until: Promise<unknown> } = { until: Promise.resolve() };
    const election = new LeaseElection({
      client: server.clientOf(name),
      namespace: 'keyfleet-system',
      name: 'operator',
      identity: name,
      clock,
      random: () => 0.5,
      log: createLogger('test', 'silent'),
    });
    const lead = async (signal: AbortSignal): Promise<void> => {
      leading.add(name);
      story.push(`${name} leads`);
      expect([...leading]).toHaveLength(1);
      const ended = Promise.withResolvers<undefined>();
      if (signal.aborted) ended.resolve(undefined);
      signal.addEventListener('abort', () => ended.resolve(undefined));
      await ended.promise;
      await windingDown.until;
      leading.delete(name);
      story.push(`${name} ends`);
    };
    const running = election.run(lead, stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await clock.advance(0);
    };
    return { election, windingDown, stopping, running, stop };
  }

  const of = (name: string) => candidates.get(name)!;
  return { clock, server, leading, story, of, names };
}

describe('a LeaseElection', () => {
  it('lets one lead, and the next at once when the first ends in order', async () => {
    const { clock, server, of, story } = testElection('a', 'b');
    await clock.advance(60_000);
    expect(story).toEqual(['a leads']);
    expect(of('b').election.holder).toBe(of('a').election.identity);
    expect(of('a').election.isLeader).toBe(true);

    await of('a').stop();
    await of('a').running;
    expect(of('a').election.isLeader).toBe(false);
    expect(server.lease!.spec!.holderIdentity).toBe('');
    await clock.advance(LOOK_MS);
    expect(story).toEqual(['a leads', 'a ends', 'b leads']);
    expect(server.lease!.spec!.leaseTransitions).toBe(1);
    await of('b').stop();
  });

  it('lets the next lead when the first is gone without a word, and not before', async () => {
    const { clock, server, of, story } = testElection('a', 'b');
    await clock.advance(1);
    server.faults.set('a', 'cut');
    await clock.advance(DEADLINE_MS);
    expect(story).toEqual(['a leads', 'a ends']);
    await clock.advance(LEASE_MS - DEADLINE_MS - RETRY_MS);
    expect(story).toEqual(['a leads', 'a ends']);
    await clock.advance(RETRY_MS + 2 * LOOK_MS);
    expect(story).toEqual(['a leads', 'a ends', 'b leads']);
    for (const name of ['a', 'b']) await of(name).stop();
  });

  it('leads on through a short outage', async () => {
    const { clock, server, of, story } = testElection('a', 'b');
    await clock.advance(1);
    server.faults.set('a', 'cut');
    await clock.advance(DEADLINE_MS - RETRY_MS);
    server.faults.delete('a');
    await clock.advance(60_000);
    expect(story).toEqual(['a leads']);
    for (const name of ['a', 'b']) await of(name).stop();
  });

  it('ends at the deadline also when a renewal hangs', async () => {
    const { clock, server, of, story } = testElection('a');
    await clock.advance(1);
    server.faults.set('a', 'hangs');
    await clock.advance(DEADLINE_MS);
    expect(story).toEqual(['a leads', 'a ends']);
    server.faults.delete('a');
    await clock.advance(LOOK_MS + 5_000);
    expect(story).toEqual(['a leads', 'a ends', 'a leads']);
    await of('a').stop();
  });

  it('counts the deadline from when a renewal was sent', async () => {
    const { clock, server, of, story } = testElection('a');
    server.faults.set('a', 'slow');
    await clock.advance(4_000);
    expect(story).toEqual(['a leads']);
    server.faults.set('a', 'cut');
    await clock.advance(DEADLINE_MS - 4_000 - 1);
    expect(story).toEqual(['a leads']);
    await clock.advance(1);
    expect(story).toEqual(['a leads', 'a ends']);
    await of('a').stop();
  });

  it('ends when it sees that another holds the Lease', async () => {
    const { clock, server, of, story } = testElection('a');
    await clock.advance(1);
    const { metadata, ...lease } = server.lease!;
    const spec = { ...lease.spec, holderIdentity: 'thief' };
    server.lease = { ...lease, spec, metadata: { ...metadata, resourceVersion: 'x' } };
    await clock.advance(2 * LOOK_MS);
    expect(story).toEqual(['a leads', 'a ends']);
    await of('a').stop();
  });

  it('ends when the machine slept for longer than the deadline', async () => {
    const { clock, server, of, story } = testElection('a');
    await clock.advance(1);
    clock.wallOffsetMs += DEADLINE_MS;
    server.faults.set('a', 'hangs');
    await clock.advance(RETRY_MS);
    expect(story).toEqual(['a leads', 'a ends']);
    await of('a').stop();
  });

  it('is patient with whoever annotates the Lease', async () => {
    const { clock, server, of, story } = testElection('a', 'b');
    await clock.advance(1);
    for (let at = 0; at < 10; at++) {
      const { metadata } = server.lease!;
      const resourceVersion = `annotated-${at}`;
      server.lease = { ...server.lease!, metadata: { ...metadata, resourceVersion } };
      await clock.advance(3 * RETRY_MS);
    }
    expect(story).toEqual(['a leads']);
    for (const name of ['a', 'b']) await of(name).stop();
  });

  it('keeps the Lease until what leads has ended', async () => {
    const { clock, of, story } = testElection('a', 'b');
    await clock.advance(1);
    const work = Promise.withResolvers<undefined>();
    of('a').windingDown.until = work.promise;
    await of('a').stop();
    await clock.advance(60_000);
    expect(story).toEqual(['a leads']);
    work.resolve(undefined);
    await clock.advance(LOOK_MS);
    expect(story).toEqual(['a leads', 'a ends', 'b leads']);
    await of('b').stop();
  });

  it('ends with the error of what leads, and has released the Lease', async () => {
    const clock = new VirtualClock();
    const server = new LeaseServer(clock);
    const election = new LeaseElection({
      client: server.clientOf('a'),
      namespace: 'x',
      name: 'x',
      identity: 'a',
      clock,
      random: () => 0,
      log: createLogger('test', 'silent'),
    });
    const lead = () => Promise.reject(new Error('broken'));
    const running = election.run(lead, new AbortController().signal);
    await expect(running).rejects.toThrow('broken');
    expect(server.lease!.spec!.holderIdentity).toBe('');
  });
});

describe('whatever breaks, a LeaseElection', () => {
  const names = ['a', 'b', 'c'];
  const fault = fc.constantFrom('cut', 'answer lost', 'hangs', 'slow', 'none');
  const step = fc.record({ name: fc.constantFrom(...names), fault, ms: fc.nat(20_000) });

  it('has at most one leader, and one when all is well again', async () => {
    const check = async (steps: { name: string; fault: string; ms: number }[]): Promise<void> => {
      const { clock, server, leading, of } = testElection(...names);
      for (const one of steps) {
        if (one.fault === 'none') server.faults.delete(one.name);
        else server.faults.set(one.name, one.fault as LeaseFault);
        await clock.advance(one.ms); // `lead` checks that nobody else leads
      }
      server.faults.clear();
      await clock.advance(LEASE_MS + 2 * LOOK_MS + 5_000);
      expect(leading.size).toBe(1);
      for (const name of names) {
        of(name).stopping.abort();
        await clock.advance(0);
        await of(name).running;
      }
      expect(server.lease!.spec!.holderIdentity).toBe('');
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), check), { numRuns: 60 });
  });
});
