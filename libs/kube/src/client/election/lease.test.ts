import { describe, expect, it } from 'vitest';
import { decide, heldBy, released, sighted, type Lease, type LeaseSpec } from './lease.ts';

const lease = (spec?: LeaseSpec, resourceVersion = '1'): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'x', resourceVersion },
  ...(spec && { spec }),
});
const held = { holderIdentity: 'other', leaseDurationSeconds: 10 };

describe('decide', () => {
  it.each<[string, Lease | undefined, number, string]>([
    ['acquires when there is no Lease', undefined, 0, 'acquire'],
    ['acquires when nobody ever held it', lease(), 0, 'acquire'],
    ['acquires what was released', lease({ holderIdentity: '' }), 0, 'acquire'],
    ['renews what it holds', lease({ holderIdentity: 'me' }), 60_000, 'renew'],
    ['waits for as long as it stood unchanged for less than its time', lease(held), 9_999, 'wait'],
    ['acquires when it stood unchanged for its time', lease(held), 10_000, 'acquire'],
    ['takes its own time when the Lease has none', lease({ holderIdentity: 'o' }), 14_999, 'wait'],
    ['... and no longer', lease({ holderIdentity: 'o' }), 15_000, 'acquire'],
  ])('%s', (_name, found, ageMs, want) => {
    const seen = found && { lease: found, sinceMs: 5_000 };
    const candidate = { me: 'me', nowMs: 5_000 + ageMs, leaseMs: 15_000 };
    expect(decide(seen, candidate)).toMatchObject({ do: want });
  });

  it('does not believe the times in the Lease', () => {
    const old = lease({ ...held, renewTime: '1999-01-01T00:00:00.000000Z' });
    const seen = { lease: old, sinceMs: 0 };
    expect(decide(seen, { me: 'me', nowMs: 1, leaseMs: 15_000 }).do).toBe('wait');
  });
});

describe('sighted', () => {
  const first = sighted(undefined, lease(held), 100);

  it('knows since when a Lease says what it says', () => {
    expect(sighted(first, lease({ ...held, renewTime: 'later' }, '2'), 200).sinceMs).toBe(200);
    expect(sighted(first, lease(held), 200).sinceMs).toBe(100);
  });

  it('is not misled by a change of metadata', () => {
    expect(sighted(first, lease(held, '2'), 200)).toEqual({
      lease: lease(held, '2'),
      sinceMs: 100,
    });
  });
});

describe('what is written', () => {
  const wallMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const time = '2026-01-02T03:04:05.678000Z';
  const terms = { wallMs, leaseMs: 15_000 };

  it('by the first holder', () => {
    expect(heldBy('me', undefined, terms)).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    });
  });

  it('by the next holder counts one transition more', () => {
    const before = lease({ ...held, acquireTime: 'then', leaseTransitions: 4 });
    expect(heldBy('me', before, terms)).toMatchObject({ acquireTime: time, leaseTransitions: 5 });
  });

  it('by the same holder counts none', () => {
    const before = lease({ holderIdentity: 'me', acquireTime: 'then', leaseTransitions: 4 });
    const want = { acquireTime: 'then', renewTime: time, leaseTransitions: 4 };
    expect(heldBy('me', before, terms)).toMatchObject(want);
  });

  it('at an orderly end lets the next one in', () => {
    const spec = released(lease({ holderIdentity: 'me', leaseTransitions: 4 }), wallMs);
    expect(spec).toMatchObject({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 4,
    });
    const seen = sighted(undefined, lease(spec), 0);
    expect(decide(seen, { me: 'other', nowMs: 0, leaseMs: 15_000 }).do).toBe('acquire');
  });
});
