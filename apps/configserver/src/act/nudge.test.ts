import { describe, expect, it } from 'vitest';
import { Nudge } from './nudge.ts';

async function isWoken(nudge: Nudge): Promise<boolean> {
  const pending = Symbol();
  const outcome = await Promise.race([nudge.next(), Promise.resolve(pending).then((it) => it)]);
  return outcome !== pending;
}

describe('a nudge', () => {
  it('wakes who waits', async () => {
    const nudge = new Nudge();
    const waiting = nudge.next();
    nudge.fire();
    await waiting;
  });

  it('is not lost when it is fired while the loop is busy, after a wait that it gave up', async () => {
    const nudge = new Nudge();
    const givenUp = nudge.next();
    nudge.clear();
    nudge.fire();
    await givenUp;
    expect(await isWoken(nudge)).toBe(true);
  });

  it('is over when the loop has looked', async () => {
    const nudge = new Nudge();
    nudge.fire();
    nudge.clear();
    expect(await isWoken(nudge)).toBe(false);
  });
});
