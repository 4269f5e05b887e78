import { createLogger } from '@keyfleet/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from './testing/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

type Turn = {
  readonly key: string;
  readonly atMs: number;
  readonly signal: AbortSignal;
  readonly done: PromiseWithResolvers<undefined>;
};

/** A queue whose work is done when the test says so. */
function testQueue(workers = 1) {
  const clock = new VirtualClock();
  const turns: Turn[] = [];
  const open = new Map<string, Turn>();
  /** What the next turn does when it begins. */
  const atOnce: (() => void)[] = [];
  const queue = new WorkQueue({
    work: async (key, signal) => {
      expect(open.has(key)).toBe(false);
      const done = Promise.withResolvers<undefined>();
      const turn = { key, atMs: clock.monotonicMs(), signal, done };
      turns.push(turn);
      open.set(key, turn);
      atOnce.pop()?.();
      expect(open.size).toBeLessThanOrEqual(workers);
      await done.promise.finally(() => open.delete(key));
    },
    workers,
    clock,
    random: () => 0,
    log: createLogger('test', 'silent'),
    backoff: { firstMs: 1_000, maxMs: 60_000 },
  });
  const finish = async (key: string, error?: Error): Promise<void> => {
    await clock.advance(0);
    const { done } = open.get(key)!;
    if (error) done.reject(error);
    else done.resolve(undefined);
    await clock.advance(0);
  };
  const worked = () => turns.map(({ key }) => key);
  return { queue, clock, turns, open, finish, worked, atOnce };
}

describe('a WorkQueue', () => {
  it('works on a key once, however often it was added before its turn', async () => {
    const { queue, finish, worked } = testQueue();
    for (const key of ['a', 'b', 'c', 'b', 'b']) queue.add(key);
    expect(queue).toMatchObject({ running: 1, length: 2 });
    for (const key of ['a', 'b', 'c']) await finish(key);
    expect(worked()).toEqual(['a', 'b', 'c']);
    expect(queue).toMatchObject({ running: 0, length: 0 });
  });

  it('works once more on a key that was added while it was worked on', async () => {
    const { queue, finish, worked } = testQueue(2);
    queue.add('a');
    queue.add('a');
    queue.add('a');
    expect(queue).toMatchObject({ running: 1, length: 1 });
    await finish('a');
    await finish('a');
    expect(worked()).toEqual(['a', 'a']);
  });

  it('works on as many keys at once as it has workers', async () => {
    const { queue, clock, finish, open } = testQueue(2);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(0);
    expect([...open.keys()]).toEqual(['a', 'b']);
    await finish('b');
    expect([...open.keys()]).toEqual(['a', 'c']);
  });

  it('gives those their turn first that wait longer', async () => {
    const { queue, finish, worked } = testQueue();
    for (const key of ['a', 'b', 'a']) queue.add(key);
    await finish('a');
    await finish('b');
    expect(worked()).toEqual(['a', 'b', 'a']);
  });

  it('says how long the longest has waited', async () => {
    const { queue, clock, finish } = testQueue();
    queue.add('a');
    expect(queue.oldestWaitMs).toBe(0);
    await clock.advance(100);
    queue.add('a');
    await clock.advance(50);
    queue.add('b');
    await clock.advance(10);
    expect(queue.oldestWaitMs).toBe(60);
    await finish('a');
    expect(queue.oldestWaitMs).toBe(60);
  });

  it.each([
    ['the earlier one after', [5_000, 1_000]],
    ['the earlier one first', [1_000, 5_000]],
  ])('adds a key at the earliest of the times that were wished: %s', async (_name, delays) => {
    const { queue, clock, turns, finish } = testQueue();
    for (const ms of delays) queue.addAfter('a', ms);
    await clock.advance(1_000);
    expect(turns.map(({ atMs }) => atMs)).toEqual([1_000]);
    await finish('a');
    await clock.advance(60_000);
    expect(turns).toHaveLength(1);
  });

  it('waits longer after each failure in a row, and no longer after a success', async () => {
    const { queue, clock, turns, finish } = testQueue();
    queue.add('a');
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      await finish('a', new Error('why'));
      expect(queue.failing).toBe(1);
      await clock.advance(waitMs - 1);
      expect(queue.running).toBe(0);
      await clock.advance(1);
      expect(queue.running).toBe(1);
    }
    await finish('a');
    expect(queue.failing).toBe(0);
    queue.add('a');
    await finish('a', new Error('why'));
    const before = turns.length;
    await clock.advance(1_000);
    expect(turns).toHaveLength(before + 1);
  });

  it('works on a key that failed as soon as it is added', async () => {
    const { queue, finish, worked } = testQueue();
    queue.add('a');
    await finish('a', new Error('why'));
    queue.add('a');
    await finish('a');
    expect(worked()).toEqual(['a', 'a']);
  });

  it('works once more on a key that its own work adds', async () => {
    const { queue, clock, worked, finish, atOnce } = testQueue();
    atOnce.push(() => queue.add('a'));
    queue.add('a');
    await clock.advance(0);
    expect(worked()).toEqual(['a']);
    await finish('a');
    await finish('a');
    expect(worked()).toEqual(['a', 'a']);
  });

  it('tells work to end that would hold its key for ever, and tries again', async () => {
    const { queue, clock, turns, finish } = testQueue();
    queue.add('a');
    await clock.advance(299_999);
    expect(turns[0]!.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(turns[0]!.signal.aborted).toBe(true);
    await finish('a', turns[0]!.signal.reason as Error);
    await clock.advance(1_000);
    expect(turns).toHaveLength(2);
    expect(turns[1]!.signal.aborted).toBe(false);
    await finish('a');
  });

  it('ends when what is worked on has ended', async () => {
    const { queue, clock, turns, finish } = testQueue();
    for (const key of ['a', 'b', 'a']) queue.add(key);
    queue.addAfter('c', 10);
    await clock.advance(0);
    let isStopped = false;
    const stopping = queue.stop().then(() => (isStopped = true));
    await clock.advance(1_000);
    expect(turns[0]!.signal.aborted).toBe(true);
    expect(isStopped).toBe(false);
    await finish('a', new Error('stopped'));
    await stopping;
    queue.add('d');
    queue.addAfter('e', 0);
    await clock.advance(100_000);
    expect(turns).toHaveLength(1);
    expect(queue).toMatchObject({ length: 0, running: 0, failing: 0 });
  });
});

type Act =
  | { readonly do: 'add'; readonly key: string }
  | { readonly do: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'finish'; readonly which: number; readonly fails: boolean };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const ms = fc.nat(5_000);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key }),
  fc.record({ do: fc.constant('addAfter' as const), key, ms }),
  fc.record({ do: fc.constant('advance' as const), ms }),
  fc.record({ do: fc.constant('finish' as const), which: fc.nat(10), fails: fc.boolean() }),
);

describe('whatever happens, a WorkQueue', () => {
  it('works on every key after it was added, never twice at once, and comes to rest', async () => {
    const check = async (workers: number, acts: Act[]): Promise<void> => {
      const { queue, clock, turns, open, finish } = testQueue(workers);
      /** The turn that a key may count on: one that begins after it was added. */
      const owed = new Map<string, number>();
      const finishOne = async (which: number, error?: Error): Promise<void> => {
        const running = [...open.keys()];
        if (running.length > 0) await finish(running[which % running.length]!, error);
      };
      for (const one of acts) {
        if (one.do === 'advance') await clock.advance(one.ms);
        else if (one.do === 'finish') {
          await finishOne(one.which, one.fails ? new Error('why') : undefined);
        } else {
          owed.set(one.key, turns.length);
          if (one.do === 'add') queue.add(one.key);
          else queue.addAfter(one.key, one.ms);
        }
      }
      for (let rounds = 0; rounds < 20; rounds++) {
        while (open.size > 0) await finishOne(0);
        await clock.advance(60_000);
      }
      expect(queue).toMatchObject({ length: 0, running: 0, failing: 0, oldestWaitMs: 0 });
      for (const [each, after] of owed) {
        expect(turns.slice(after).map((turn) => turn.key)).toContain(each);
      }
    };
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(act), check);
    await fc.assert(property, { numRuns: 60 });
  });
});
