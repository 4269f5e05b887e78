import { createLogger } from '@keyfleet/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Consultation } from './messages.ts';
import { PooledProcesses } from './pooled-processes.ts';
import type { ProcessAnswers } from './processes.ts';

const NOBODY_ASKS = (): never => {
  throw new Error('not asked in this test');
};

function scene() {
  const done: string[] = [];
  const asked: Consultation[] = [];
  const answers: ProcessAnswers = {
    clientList: () => 'own',
    clientKill: ({ askedBy }) => {
      done.push(`kill ${askedBy}`);
      return 1;
    },
    clientUnblock: NOBODY_ASKS,
    clientPause: () => {
      done.push('pause');
      return true;
    },
    clientUnpause: NOBODY_ASKS,
    ownInfo: NOBODY_ASKS,
    hasClient: NOBODY_ASKS,
    slowLogNewest: NOBODY_ASKS,
    slowLogReset: NOBODY_ASKS,
    slowLogSet: NOBODY_ASKS,
    watch: NOBODY_ASKS,
    subscribers: NOBODY_ASKS,
    standing: NOBODY_ASKS,
  };
  const processes = new PooledProcesses({
    number: 1,
    part: { answers, onNews: NOBODY_ASKS, onLeft: NOBODY_ASKS },
    send: (message) => {
      if (message.kind === 'consult') asked.push(message);
    },
    log: createLogger('proxy', 'silent'),
  });
  const answer = async (id: number, ...others: string[]): Promise<void> => {
    processes.onHeard();
    processes.onConsulted({ kind: 'consulted', id, answers: others });
    await vi.advanceTimersByTimeAsync(0);
  };
  const list = () => processes.ask('clientList', null as never, (all) => done.push(all.join(' ')));
  return { processes, done, asked, answer, list };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a worker that asks all', () => {
  it('puts its own answer before the others', async () => {
    const { done, answer, list } = scene();
    list();
    await answer(1, 'b', 'c');
    expect(done).toEqual(['own b c']);
  });

  it('asks one question at a time', async () => {
    const { done, asked, answer, list } = scene();
    list();
    list();
    expect(asked.map(({ id }) => id)).toEqual([1]);
    await answer(1, 'b');
    expect(asked.map(({ id }) => id)).toEqual([1, 2]);
    await answer(2, 'c');
    expect(done).toEqual(['own b', 'own c']);
  });

  it('does its own part at once, unless the order counts', () => {
    const { processes, done } = scene();
    const order = { filter: null as never, askedBy: 5 };
    processes.ask('clientKill', order, () => undefined);
    processes.ask('clientPause', { kind: 'all', forMs: 1 }, () => undefined);
    expect(done).toEqual(['kill 5']);
  });

  it('waits for nobody when there is no time', () => {
    const { processes, done, asked } = scene();
    expect(processes.tell('clientPause', { kind: 'all', forMs: 1 })).toBe(true);
    expect(done).toEqual(['pause']);
    expect(asked).toHaveLength(1);
  });
});

describe('a parent that hangs', () => {
  it('is waited for once, until it is heard of again', async () => {
    const { processes, done, answer, list } = scene();
    list();
    processes.ask('clientPause', { kind: 'all', forMs: 1 }, () => done.push('paused'));
    await vi.advanceTimersByTimeAsync(2000);
    expect(done).toEqual(['own', 'pause', 'paused']);
    list();
    await answer(1, 'late');
    expect(done.splice(0)).toEqual(['own', 'pause', 'paused', 'own']);
    list();
    await answer(4, 'b');
    expect(done).toEqual(['own b']);
  });
});
