import { describe, expect, it } from 'vitest';
import { createLogger, runLoop, type Clock, type Controller } from './index.ts';

/** A clock that sleeps without time passing, and remembers for how long. */
function fakeClock(slept: number[]): Clock {
  return {
    wallMs: () => 0,
    monotonicMs: () => 0,
    sleep: (ms) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
}

type View = { seen: number };
type Step = { do: string; because: string };

async function run(
  over: Partial<Controller<View, Step>>,
  rounds: number,
  errors: unknown[] = [],
): Promise<number[]> {
  const slept: number[] = [];
  const stop = new AbortController();
  let round = 0;
  const controller: Controller<View, Step> = {
    observe: () => Promise.resolve({ seen: round }),
    plan: ({ seen }) => ({ do: 'count', because: `saw ${seen}` }),
    act: () => Promise.resolve(500),
    ...over,
  };
  const observe = controller.observe.bind(controller);
  controller.observe = (signal) => {
    if (++round >= rounds) stop.abort();
    return observe(signal);
  };
  const options = {
    key: 'k',
    clock: fakeClock(slept),
    log: createLogger('test', 'silent'),
    signal: stop.signal,
    backoffMs: 10,
    backoffMaxMs: 50,
  };
  await runLoop(controller, { ...options, onError: (error) => errors.push(error) });
  return slept;
}

describe('runLoop', () => {
  it('waits as long as the step says', async () => {
    expect(await run({}, 3)).toEqual([500, 500, 500]);
  });

  it('backs off after failures, doubling up to the maximum, and starts anew after a success', async () => {
    let calls = 0;
    const act = (): Promise<number> =>
      ++calls === 5 ? Promise.resolve(1) : Promise.reject(new Error('no'));
    const errors: unknown[] = [];
    expect(await run({ act }, 7, errors)).toEqual([10, 20, 40, 50, 1, 10]);
    expect(errors).toHaveLength(5);
  });

  it('looks again at once when a step asks for it', async () => {
    expect(await run({ act: () => Promise.resolve(0) }, 4)).toEqual([]);
  });
});
