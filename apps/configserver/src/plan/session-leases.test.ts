import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lapsedSessions, sessionsBehind, type SessionLease } from './session-leases.ts';

function session(id: string, parts: Partial<SessionLease> = {}): SessionLease {
  return {
    id,
    openedAtVersion: 5,
    appliedVersion: 5,
    health: 'serving',
    errors: [],
    answeredAtMs: 0,
    isEnding: false,
    ...parts,
  };
}

describe('sessionsBehind', () => {
  it.each<[string, SessionLease, number, string[]]>([
    ['waits for one that applied less', session('a'), 6, ['a']],
    ['not for one that applied as much', session('a', { appliedVersion: 6 }), 6, []],
    ['not for one that applied more', session('a', { appliedVersion: 9 }), 6, []],
    [
      'not for one that opened after the version was written (B2)',
      session('a', { openedAtVersion: 6, appliedVersion: 0 }),
      6,
      [],
    ],
    [
      'still for one whose end is on its way (B1: only the transaction ends it)',
      session('a', { isEnding: true }),
      6,
      ['a'],
    ],
    ['also when it applied nothing yet', session('a', { appliedVersion: 0 }), 6, ['a']],
  ])('%s', (_name, given, version, behind) => {
    expect(sessionsBehind([given], version)).toEqual(behind);
  });

  it('is only ever longer for a later version', () => {
    const parts = fc.record({ openedAtVersion: fc.nat(9), appliedVersion: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(parts), fc.nat(9), (list, version) => {
        const sessions = list.map((each, at) => session(String(at), each));
        const later = sessionsBehind(sessions, version + 1);
        expect(later).toEqual(expect.arrayContaining(sessionsBehind(sessions, version)));
      }),
    );
  });
});

describe('lapsedSessions', () => {
  it('names those that were not answered for the lease, its drift and the margin', () => {
    expect(lapsedSessions([session('a')], 3000, 3130)).toEqual([]);
    expect(lapsedSessions([session('a')], 3000, 3131)).toEqual(['a']);
  });
  it('names again those whose end did not come through', () => {
    expect(lapsedSessions([session('a', { isEnding: true })], 3000, 1)).toEqual(['a']);
  });
});
