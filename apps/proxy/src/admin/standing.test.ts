import { describe, expect, it } from 'vitest';
import { Standing } from './standing.ts';

function planes(reasons: Record<string, string | null>) {
  const entries = Object.entries(reasons).map(
    ([cluster, because]) => [cluster, { notReadyBecause: () => because }] as const,
  );
  return new Map(entries);
}

const found = () => '';

describe('whether a proxy may be sent traffic', () => {
  it('is what its only cluster says', () => {
    const standing = new Standing(() => 0, found);
    expect(standing.notReadyBecause(planes({ a: 'no topology' }))).toBe('no topology');
    expect(standing.notReadyBecause(planes({ a: null }))).toBeNull();
    expect(standing.notReadyBecause(planes({ a: 'draining' }))).toBe('draining');
  });

  it('says why its servers are not found', () => {
    const standing = new Standing(
      () => 0,
      () => 'a:1 refused the password',
    );
    expect(standing.notReadyBecause(planes({ a: 'no topology' }))).toBe(
      'no topology: a:1 refused the password',
    );
    // It goes on with what it knows.
    expect(standing.notReadyBecause(planes({ a: null }))).toBeNull();
  });

  it('waits for all clusters at its start, then for one of them', () => {
    const standing = new Standing(() => 0, found);
    expect(standing.notReadyBecause(planes({ a: null, b: 'away' }))).toBe('b: away');
    expect(standing.notReadyBecause(planes({ a: null, b: null }))).toBeNull();
    expect(standing.notReadyBecause(planes({ a: null, b: 'away' }))).toBeNull();
    expect(standing.notReadyBecause(planes({ a: 'gone', b: 'away' }))).toBe('a: gone; b: away');
  });

  it('does not wait for ever', () => {
    const clock = { nowMs: 0 };
    const standing = new Standing(() => clock.nowMs, found);
    expect(standing.notReadyBecause(planes({ a: null, b: 'away' }))).toBe('b: away');
    clock.nowMs = 10_001;
    expect(standing.notReadyBecause(planes({ a: null, b: 'away' }))).toBeNull();
  });
});
