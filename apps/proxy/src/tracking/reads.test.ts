import { findCommand } from '@keyfleet/commands';
import { encodeCommand } from '@keyfleet/resp';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../session/request-of.ts';
import type { Step } from '../session/transaction.ts';
import { readsOf } from './reads.ts';

function step(words: readonly string[]): Step {
  const frame = encodeCommand(words);
  return { command: findCommand(requestOf(frame))!, as: 'forwarded', frame, database: null };
}

const keysOf = (steps: Step[], from: number): string[] =>
  readsOf(steps, from).map(({ key }) => key);

describe('readsOf', () => {
  it('has the keys that a transaction reads, from a command on', () => {
    const steps = [
      step(['GET', 'a']),
      step(['SET', 'b', '1']),
      step(['PING']),
      step(['MGET', 'c', 'd']),
    ];
    expect(keysOf(steps, 0)).toEqual(['a', 'c', 'd']);
    expect(keysOf(steps, 1)).toEqual(['c', 'd']);
    expect(keysOf(steps, Infinity)).toEqual([]);
  });

  it('has them all where they are more than a call has arguments', () => {
    const names = Array.from({ length: 200_000 }, (_, i) => String(i));
    expect(readsOf([step(['MGET', ...names])], 0)).toHaveLength(names.length);
  });
});
