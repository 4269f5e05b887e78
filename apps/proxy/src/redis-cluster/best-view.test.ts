import { describe, expect, it } from 'vitest';
import type { Heard } from './ask-node.ts';
import { agree, bestView } from './best-view.ts';

/** A node's word: whose all slots are. */
function heard(owner: string, standing: Heard['standing'], slots = '0-16383'): Heard {
  const primary = { id: owner, host: 'h', port: 1, isHealthy: true };
  return { nodeId: null, standing, view: [{ slots, primary, replicas: [] }] };
}
const ok = (epoch: number) => ({ isOk: true, epoch });
const cutOff = (epoch: number) => ({ isOk: false, epoch });

describe('bestView()', () => {
  it.each<[string, Heard[], string]>([
    ['the only one', [heard('a', null)], 'a'],
    ['who is not cut off', [heard('a', cutOff(9)), heard('b', ok(1))], 'b'],
    ['who says how it stands', [heard('a', null), heard('b', ok(1))], 'b'],
    ['the later change, over most', [heard('a', ok(1)), heard('a', ok(1)), heard('b', ok(2))], 'b'],
    ['most', [heard('a', ok(1)), heard('b', ok(1)), heard('b', ok(1))], 'b'],
    [
      'most, where none says how it stands',
      [heard('a', null), heard('b', null), heard('b', null)],
      'b',
    ],
    ['more slots', [heard('a', null, '0-9'), heard('b', null)], 'b'],
    ['the first, of equals', [heard('a', null), heard('b', null)], 'a'],
  ])('believes %s', (_name, all, owner) => {
    expect(bestView(all)!.view[0]!.primary.id).toBe(owner);
  });

  it('is none of none', () => {
    expect(bestView([])).toBeNull();
  });
});

describe('agree()', () => {
  it.each([
    ['all say the same', [heard('a', ok(1)), heard('a', ok(2))], true],
    ['they say different things', [heard('a', ok(1)), heard('b', ok(1))], false],
    ['one is cut off', [heard('a', ok(1)), heard('a', cutOff(1))], false],
    ['nobody says anything', [], false],
  ])('%s', (_name, all, want) => {
    expect(agree(all)).toBe(want);
  });
});
