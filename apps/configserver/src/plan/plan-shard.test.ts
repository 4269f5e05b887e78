import { describe, expect, it } from 'vitest';
import { planShard } from './plan-shard.ts';
import {
  addressOf,
  caughtUp,
  following,
  found,
  info,
  node,
  primary,
  record,
  runId,
  shard,
} from '../testing/views.ts';
import type { ShardView } from './cluster-view.ts';

type Case = [name: string, view: ShardView, step: object];

const orphans = [node(0, info(1)), node(1, info(2))];
const fresh = { record: undefined, isPublished: false };

describe('a shard that never had a primary', () => {
  it.each<Case>([
    [
      'gives it to ordinal 0, in the record first',
      shard(orphans, fresh),
      {
        do: 'attempt',
        record: {
          epoch: 0,
          primary: null,
          attempt: { epoch: 1, node: 'shard-0-0', runId: runId(1) },
        },
      },
    ],
    [
      'blocks when a node has keys: they may be all that is left of a lost store',
      shard([node(0, info(1)), node(1, info(2, { keys: 12 }))], fresh),
      { do: 'block', because: 'shard-0-1 holds 12 keys, but the cluster is new' },
    ],
    [
      'waits for a silent node',
      shard([node(0, info(1)), node(1, 'refused')], fresh),
      { do: 'wait', because: 'shard-0-1 does not answer (refused)' },
    ],
    [
      'waits while a node loads: its keys are not counted yet',
      shard([node(0, info(1)), node(1, info(2, { isLoading: true }))], fresh),
      { do: 'wait', because: 'shard-0-1 is loading its data' },
    ],
    [
      'waits for ordinal 0',
      shard([node(1, info(2))], fresh),
      { do: 'wait', because: 'shard-0 has no node of ordinal 0' },
    ],
    [
      'takes the next epoch when the chosen one restarted before it was promoted',
      shard(orphans, {
        record: record({
          epoch: 0,
          primary: null,
          attempt: { epoch: 1, node: 'shard-0-0', runId: runId(9) },
        }),
        isPublished: false,
      }),
      { do: 'attempt', record: { attempt: { epoch: 2, runId: runId(1) } } },
    ],
    [
      'blocks when it is published without a primary',
      shard(orphans, { record: undefined }),
      { do: 'block' },
    ],
  ])('%s', (_name, view, step) => expect(planShard(view)).toMatchObject(step));
});

describe('a promotion that is recorded', () => {
  const attempt = { epoch: 4, node: 'shard-0-1', runId: runId(2) };
  const pending = { record: record({ attempt, readable: [{ node: 'shard-0-1', runId: '' }] }) };

  it.each<Case>([
    [
      'is told to that life of that server',
      shard([node(0, info(5)), node(1, info(2))], pending),
      { do: 'promote', node: 'shard-0-1', runId: runId(2) },
    ],
    [
      'is published once the server is in its role, with nobody readable',
      shard([node(0, info(5)), node(1, info(2, primary))], pending),
      {
        do: 'appoint',
        record: {
          epoch: 4,
          primary: { node: 'shard-0-1', runId: runId(2) },
          readable: [],
          attempt: null,
        },
      },
    ],
    [
      'is not given up while its server is silent: it may be promoted already',
      shard([node(0, info(5)), node(1, 'refused')], pending),
      { do: 'wait' },
    ],
    [
      'is void when its server restarted: the choice is made again',
      shard([node(0, info(5)), node(1, info(6))], pending),
      { do: 'examine', node: 'shard-0-0' },
    ],
  ])('%s', (_name, view, step) => expect(planShard(view)).toMatchObject(step));
});

describe('a primary that is gone', () => {
  const restarted = [node(0, info(5)), node(1, info(2))];
  const findings = (first: ReturnType<typeof found>, second: ReturnType<typeof found>) => ({
    findings: new Map([
      ['shard-0-0', first],
      ['shard-0-1', second],
    ]),
  });

  it.each<Case>([
    [
      'is waited for while it is silent (failover: K6)',
      shard([node(0, 'connection refused'), node(1, info(2, following))]),
      {
        do: 'wait',
        because: 'the primary shard-0-0 does not answer (connection refused)',
      },
    ],
    [
      'restarted: waits for every node, because the one that is missing may have most',
      shard([node(0, info(5)), node(1, 'refused')]),
      { do: 'wait', because: 'shard-0-0 restarted, and shard-0-1 does not answer (refused)' },
    ],
    [
      'restarted: waits while a node loads',
      shard([node(0, info(5, { isLoading: true })), node(1, info(2))]),
      { do: 'wait', because: 'shard-0-0 restarted, and shard-0-0 is loading its data' },
    ],
    [
      'restarted: first nothing may change any more',
      shard([node(0, info(5)), node(1, info(2, following))]),
      { do: 'seal', node: 'shard-0-1', runId: runId(2) },
    ],
    [
      'restarted: then every node is examined',
      shard(restarted, { findings: new Map([['shard-0-0', found(5, 7, 10)]]) }),
      { do: 'examine', node: 'shard-0-1', runId: runId(2) },
    ],
    [
      'restarted: what an earlier life held is not taken for this one',
      shard(restarted, findings(found(4, 7, 10), found(2, 7, 10))),
      { do: 'examine', node: 'shard-0-0' },
    ],
    [
      'restarted: what was found before the last promotion is void',
      shard(restarted, findings({ ...found(5, 7, 10), epoch: 2 }, found(2, 7, 10))),
      { do: 'examine', node: 'shard-0-0' },
    ],
    [
      'restarted: the greatest stamp wins, in the next epoch',
      shard(restarted, findings(found(5, 7, 10), found(2, 8, 9))),
      { do: 'attempt', record: { epoch: 3, attempt: { epoch: 4, node: 'shard-0-1' } } },
    ],
    [
      'restarted empty: it never wins over its replica',
      shard(restarted, findings(found(5, null, 0), found(2, 1, 9))),
      { do: 'attempt', record: { attempt: { node: 'shard-0-1' } } },
    ],
    [
      'restarted, no stamps but keys elsewhere: a person must decide',
      shard(restarted, findings(found(5, null, 3), found(2, null, 9))),
      { do: 'block' },
    ],
    [
      'demoted by someone: the same remedy',
      shard([node(0, info(1)), node(1, info(2, following))]),
      { do: 'seal', node: 'shard-0-1' },
    ],
    [
      'is not registered any more',
      shard([node(1, info(2, following))]),
      { do: 'wait', because: 'the primary shard-0-0 is not registered' },
    ],
  ])('%s', (_name, view, step) => expect(planShard(view)).toMatchObject(step));
});

describe('replicas of a primary that serves', () => {
  const leading = node(0, info(1, primary));
  const inSync = {
    record: record({ readable: [{ node: 'shard-0-1', runId: runId(2) }] }),
    sync: new Map([['shard-0-1', caughtUp(2)]]),
  };

  it.each<Case>([
    [
      'are attached only after the primary is published',
      shard(orphans.with(0, leading), { isPublished: false }),
      { do: 'nothing', because: 'shard-0-0 is ready to be published' },
    ],
    [
      'are attached to it',
      shard([leading, node(1, info(2))]),
      { do: 'attach', node: 'shard-0-1', runId: runId(2), to: addressOf(0) },
    ],
    [
      'are taken back when they believe to be primaries',
      shard([leading, node(1, info(2, primary))]),
      { do: 'attach', node: 'shard-0-1' },
    ],
    [
      'are attached again when the primary has another address',
      shard([leading, node(1, info(2, { ...following, master: addressOf(7) }))]),
      { do: 'attach', node: 'shard-0-1', to: addressOf(0) },
    ],
    [
      'are left alone while they load',
      shard([leading, node(1, info(2, { isLoading: true }))]),
      { do: 'wait', because: 'shard-0-1 is loading its data' },
    ],
    [
      'are waited for while they sync',
      shard([leading, node(1, info(2, following))]),
      { do: 'wait', because: 'shard-0-1 is syncing' },
    ],
    [
      'may be read once they caught up',
      shard([leading, node(1, info(2, following))], { sync: inSync.sync }),
      { do: 'setReadable', record: { readable: [{ node: 'shard-0-1', runId: runId(2) }] } },
    ],
    [
      'may not be read any more when they are out of sync, before anything else',
      shard([leading, node(1, info(6))], { record: inSync.record }),
      { do: 'setReadable', record: { readable: [] }, because: 'shard-0-1 is out of sync' },
    ],
    [
      'are whole',
      shard([leading, node(1, info(2, following))], inSync),
      { do: 'nothing', because: 'shard-0-0 serves, 1 replicas are in sync' },
    ],
    [
      'are missed',
      shard([leading], { nodesExpected: 2 }),
      { do: 'wait', because: '1 of 2 nodes are registered' },
    ],
    [
      'are missed when one is silent, though it may be read until its grace ends',
      shard([leading, node(1, 'refused')], inSync),
      { do: 'wait', because: 'shard-0-1 does not answer (refused)' },
    ],
  ])('%s', (_name, view, step) => expect(planShard(view)).toMatchObject(step));
});
