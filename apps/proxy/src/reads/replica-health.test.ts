import { describe, expect, it } from 'vitest';
import { ReplicaHealth, type LagBounds } from './replica-health.ts';

const NONE: LagBounds = { lagMs: 0, lagBytes: 0 };
const linked = { isReplica: true, isLinked: true, offset: 1 };

function heard(...answer: Parameters<ReplicaHealth['onAnswer']>): ReplicaHealth {
  const health = new ReplicaHealth();
  health.onAsked(0);
  health.onAnswer(...answer);
  return health;
}

describe('a replica is fit', () => {
  it.each([
    ['without a bound', linked, null, NONE, null],
    ['when it may not be asked, without a bound', null, null, NONE, null],
    ['within its bounds', linked, { ms: 10, bytes: 5 }, { lagMs: 10, lagBytes: 5 }, null],
    ['not behind by time', linked, { ms: 11, bytes: 0 }, { lagMs: 10, lagBytes: 0 }, 'lagging'],
    ['not behind by bytes', linked, { ms: 0, bytes: 6 }, { lagMs: 0, lagBytes: 5 }, 'lagging'],
    ['not with a bound on what nobody knows', linked, null, { lagMs: 10, lagBytes: 0 }, 'lagging'],
    ['not without its primary', { ...linked, isLinked: false }, null, NONE, 'unlinked'],
    ['not as a primary', { ...linked, isReplica: false }, null, NONE, 'unlinked'],
  ] as const)('%s', (...[, info, lag, bounds, because]) =>
    expect(heard(info, lag, 1).unfitBecause(1, bounds)).toBe(because),
  );

  it('not before it is heard, not while it is silent, not when it is doubted', () => {
    const health = new ReplicaHealth();
    expect(health.unfitBecause(0, NONE)).toBe('unknown');
    health.onAsked(0);
    health.onAnswer(linked, null, 2);
    health.onAsked(1000);
    expect(health.unfitBecause(1499, NONE)).toBeNull();
    expect(health.unfitBecause(1500, NONE)).toBe('silent');
    health.onAnswer(linked, null, 1600);
    expect(health.unfitBecause(1600, NONE)).toBeNull();
    health.doubt();
    expect(health.unfitBecause(1600, NONE)).toBe('unknown');
  });

  it('its latency is what was measured lately', () => {
    const health = heard(linked, null, 10);
    expect(health.latencyMs).toBe(10);
    health.onAsked(20);
    health.onAnswer(linked, null, 25);
    expect(health.latencyMs).toBe(9);
  });
});
