import { describe, expect, it } from 'vitest';
import { combine } from './combine.ts';

describe('combine', () => {
  it.each([
    ['agg_sum', [':1', ':2', ':40'], ':43'],
    ['agg_min', [':3', ':1', ':2'], ':1'],
    ['agg_max', [':3', ':1', ':2'], ':3'],
    ['agg_logical_and', ['*3,:1,:0,:1', '*3,:1,:1,:0'], '*3,:1,:0,:0'],
    ['agg_logical_or', ['*3,:1,:0,:0', '*3,:1,:1,:0'], '*3,:1,:1,:0'],
    ['agg_min', ['*2,:1,:5', '*2,:0,:7'], '*2,:0,:5'],
    ['all_succeeded', ['+OK', '+OK'], '+OK'],
    [undefined, ['$1,a', '$1,b'], '$1,a'],
  ] as const)('%s of %j is %s', (policy, replies, want) => {
    const bytes = replies.map(frame);
    expect(Buffer.from(combine(policy, bytes, 2)).toString()).toBe(frame(want).toString());
  });

  it('refuses what has no common form', () =>
    expect(() => combine('agg_sum', [frame(':1'), frame('+OK')], 2)).toThrow('several forms'));
});

function frame(lines: string): Buffer {
  return Buffer.from(`${lines.replaceAll(',', '\r\n')}\r\n`);
}
