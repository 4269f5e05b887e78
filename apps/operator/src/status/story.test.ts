import { describe, expect, it } from 'vitest';
import { report, seen } from '../testing/seen.ts';
import { statusAfterStep, type Report } from './cluster-status.ts';
import { eventsOf } from './story.ts';

const waiting = { step: { do: 'wait', for: 'servers', because: 'shard-0-1 is being created' } };
const updating = { step: { do: 'update', because: 'the spec wants proxies otherwise' } };
const starting = (count: number) => ({
  step: { do: 'startServers', because: `${count} servers are not running` },
});
const blocked = {
  ...waiting,
  seen: seen({ servers: new Map([['shard-0-1', { state: 'failed', because: 'has no place' }]]) }),
};

/** What is told at the last of these looks. */
function told(...looks: Partial<Report>[]): string[] {
  let before: ReturnType<typeof statusAfterStep> | undefined;
  let events: string[] = [];
  for (const look of looks) {
    const of = report({ previous: before, ...look });
    const after = statusAfterStep(of);
    events = eventsOf({ before, after, step: of.step }).map(
      ({ type, reason, message }) => `${type} ${reason}: ${message}`,
    );
    before = after;
  }
  return events;
}

describe('the story of a cluster', () => {
  it.each<[string, Partial<Report>[], string[]]>([
    [
      'tells what is done',
      [{ step: { do: 'startServers', because: '4 servers are not running' } }],
      ['Normal StartingServers: 4 servers are not running'],
    ],
    ['tells a step once, though its numbers change', [starting(64), starting(48)], []],
    [
      'tells a step again after another',
      [starting(64), waiting, starting(1)],
      ['Normal StartingServers: 1 servers are not running'],
    ],
    ['does not call an update a loss', [{}, updating, updating, {}], []],
    [
      'tells an update when it begins',
      [{}, updating],
      ['Normal Updating: The spec wants proxies otherwise'],
    ],
    [
      'tells a wait when it begins',
      [waiting],
      ['Normal WaitingForServers: Shard-0-1 is being created'],
    ],
    ['tells a wait once', [waiting, waiting], []],
    [
      'warns of what is stuck, once',
      [waiting, blocked],
      ['Warning Blocked: Shard-0-1 has no place'],
    ],
    ['does not warn again', [blocked, blocked], []],
    [
      'tells what failed',
      [waiting, { ...waiting, error: 'Cannot apply X' }],
      ['Warning StepFailed: Cannot apply X'],
    ],
    [
      'tells when it is ready, and where',
      [waiting, {}],
      ['Normal Ready: The cluster is ready at orders-proxy.team-a.svc:7480'],
    ],
    ['has nothing to tell while it stays ready', [{}, {}], []],
    [
      'warns when something is lost',
      [{}, waiting],
      [
        'Normal WaitingForServers: Shard-0-1 is being created',
        'Warning Degraded: Shard-0-1 is being created',
      ],
    ],
  ])('%s', (_title, looks, want) => {
    expect(told(...looks)).toEqual(want);
  });

  it.each([
    [true, 'Normal Deleted: Its data is retained'],
    [false, 'Warning DeletedIncompletely: Its data is retained'],
  ])('ends with a deletion that is complete: %s', (isComplete, want) => {
    const step = { do: 'finish', because: 'its data is retained', isComplete };
    expect(told({ isDeleting: true, step })).toEqual([want]);
  });
});
