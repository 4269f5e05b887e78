/** Two operators on one API server: one works, and the other one after it. */
import { afterAll, describe, expect, it } from 'vitest';
import { Stage } from './testing/stage.ts';
import { openTheatre } from './testing/theatre.ts';

const theatre = await openTheatre();
afterAll(() => theatre[Symbol.asyncDispose]());

describe.concurrent('of two operators', () => {
  it('one works', async () => {
    await using stage = await Stage.create(theatre);
    const first = await stage.startOperator('first');
    await stage.untilLeads(first);
    const second = await stage.startOperator('second');
    await stage.createCluster();
    await stage.untilReady();
    expect(first.writes).not.toEqual([]);
    expect(second.writes).toEqual([]);
  });

  it('the other one works when that one was killed', async () => {
    await using stage = await Stage.create(theatre);
    const first = await stage.startOperator('first');
    await stage.untilLeads(first);
    const second = await stage.startOperator('second');
    await first.process.kill();
    await stage.createCluster();
    await stage.untilReady();
    expect(second.writes).not.toEqual([]);
  });

  it('one that was suspended does nothing more when it wakes up', async () => {
    await using stage = await Stage.create(theatre);
    const first = await stage.startOperator('first');
    await stage.untilLeads(first);
    const second = await stage.startOperator('second');
    await stage.createCluster();
    await stage.untilReady();
    first.process.pause();
    await stage.untilLeads(second);
    const before = first.writes.length;
    await stage.deleteCluster();
    first.process.resume();
    await stage.untilDeleted();
    await stage.untilLeads(first, false);
    expect(first.writes.slice(before)).toEqual([]);
  });
});
