import { describe, expect, it } from 'vitest';
import type { ServerInfo } from '../observe/server-info.ts';
import { trackSync, type SyncState } from './replica-sync.ts';
import { addressOf, following, info, node, primary, record, runId } from '../testing/views.ts';

type Look = { atMs: number; primary?: ServerInfo | string; replica: ServerInfo | string };

const leading = (offset: number): ServerInfo => info(1, { ...primary, offset });
const linked = (offset: number, life = 2): ServerInfo => info(life, { ...following, offset });

/** Whether the replica counts as caught up after each look. */
function watch(looks: readonly Look[], readable = record().readable): boolean[] {
  let sync = new Map<string, SyncState>();
  return looks.map(({ atMs, primary: source = leading(100), replica }) => {
    const nodes = [node(0, source), node(1, replica)];
    sync = trackSync(sync, { record: record({ readable }), nodes }, atMs);
    return sync.get('shard-0-1')?.isCaughtUp ?? false;
  });
}

describe('a replica counts as caught up', () => {
  it.each<[string, Look[], boolean[]]>([
    [
      'when it reached an offset that was sampled after its link was up',
      [
        { atMs: 0, primary: leading(100), replica: linked(90) },
        { atMs: 1, primary: leading(150), replica: linked(140) },
        { atMs: 2, primary: leading(900), replica: linked(150) },
      ],
      [false, false, true],
    ],
    [
      'not by an offset that the primary had before the link was up',
      [
        { atMs: 0, primary: leading(100), replica: info(2, { offset: 100 }) },
        { atMs: 1, primary: leading(500), replica: linked(100) },
        { atMs: 2, primary: leading(500), replica: linked(400) },
      ],
      [false, false, false],
    ],
    [
      'not while it syncs or loads',
      [
        { atMs: 0, replica: info(2, { ...following, isSyncing: true, offset: 900 }) },
        { atMs: 1, replica: info(2, { ...following, isLoading: true, offset: 900 }) },
        { atMs: 2, replica: info(2, { ...following, isLoading: true, offset: 900 }) },
      ],
      [false, false, false],
    ],
    [
      'not with another replication history, nor another primary',
      [
        { atMs: 0, replica: info(2, { ...following, replId: 'b', offset: 900 }) },
        { atMs: 1, replica: info(2, { ...following, replId: 'b', offset: 900 }) },
        { atMs: 2, replica: info(2, { ...following, master: addressOf(5), offset: 900 }) },
      ],
      [false, false, false],
    ],
  ])('%s', (_name, looks, states) => expect(watch(looks)).toEqual(states));
});

describe('a replica that was in sync', () => {
  const before: Look[] = [
    { atMs: 0, replica: linked(100) },
    { atMs: 1, replica: linked(100) },
  ];

  it.each<[string, Look[], boolean[]]>([
    [
      'stays so over a short loss of its link',
      [
        { atMs: 1000, replica: 'silent' },
        { atMs: 4000, replica: info(2, { master: addressOf(0) }) },
        { atMs: 5000, replica: linked(100) },
        { atMs: 9000, replica: 'silent' },
      ],
      [true, true, true, true],
    ],
    [
      'does not over a long one, and has to catch up again',
      [
        { atMs: 6000, replica: 'silent' },
        { atMs: 6100, replica: linked(100) },
        { atMs: 6200, replica: linked(100) },
      ],
      [false, false, true],
    ],
    ['does not at once when it restarted', [{ atMs: 2, replica: linked(100, 7) }], [false]],
    [
      'does not when its primary restarted for longer than the grace',
      [
        { atMs: 1000, primary: info(8), replica: info(2, { master: addressOf(0) }) },
        { atMs: 6000, primary: info(8), replica: info(2, { master: addressOf(0) }) },
      ],
      [true, false],
    ],
  ])('%s', (_name, looks, states) => {
    expect(watch([...before, ...looks]).slice(before.length)).toEqual(states);
  });

  it('is taken over by a new leader from the record, for this life only', () => {
    const readable = [{ node: 'shard-0-1', runId: runId(2) }];
    expect(watch([{ atMs: 0, replica: 'silent' }], readable)).toEqual([true]);
    expect(watch([{ atMs: 0, replica: linked(100, 7) }], readable)).toEqual([false]);
  });
});
