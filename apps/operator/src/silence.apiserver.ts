/** The operator's watch of RedisClusters falls silent: its connection is there, and nothing comes. */
import { afterAll, expect, it } from 'vitest';
import { Stage } from './testing/stage.ts';
import { openTheatre } from './testing/theatre.ts';

const theatre = await openTheatre();
afterAll(() => theatre[Symbol.asyncDispose]());

const HOLD = 'PATCH redisclusters/orders finalizers: 1';
const LET_GO = 'PATCH redisclusters/orders finalizers: 0';

it('a cluster that is made again is seen, though nothing is heard since the first was let go', async ({
  onTestFailed,
}) => {
  await using stage = await Stage.create(theatre);
  onTestFailed(() => void process.stderr.write(`${stage.log}\n`));
  await stage.startOperator();
  await stage.createCluster();
  await stage.untilReady();
  const silent = stage.silenceAt(LET_GO, 'redisclusters');
  await stage.deleteCluster();
  await silent;
  await stage.untilDeleted();
  stage.writes.length = 0;
  await stage.createCluster();
  await stage.untilWritten(HOLD);
  await stage.untilReady();
  // What it still believed of the first did no harm to the second.
  expect(stage.writes.filter((write) => !/^(PATCH|PUT|POST) /.test(write))).toEqual([]);
});
