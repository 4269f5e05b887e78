import { describe, expect, it } from 'vitest';
import { clientPlans, habits } from './client-plan.ts';

describe('clientPlans', () => {
  const plans = clientPlans(['0-5460', '5461-10922', '10923-16383'], 'k');
  const ofKind = (kind: string) => plans.filter((plan) => plan.kind === kind);
  const shardsOf = (plan: (typeof plans)[number]) => new Set(plan.keys.map(({ shard }) => shard));

  it('has clients of one shard for each shard', () => {
    expect(ofKind('probe')).toHaveLength(3 * habits.probe.count);
    expect(ofKind('application')).toHaveLength(3 * habits.application.count);
    for (const plan of ofKind('application')) expect(shardsOf(plan).size).toBe(1);
  });

  it('has clients that ask all shards in turn', () => {
    for (const plan of ofKind('pipelined')) {
      expect(shardsOf(plan)).toEqual(new Set([0, 1, 2]));
      expect(plan.keys[0]!.shard).not.toBe(plan.keys[1]!.shard);
    }
  });

  it('gives each key one writer', () => {
    const names = plans.flatMap(({ keys }) => keys.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });
});
