import { describe, expect, it } from 'vitest';
import { KubeError, type KubeErrorCode } from '../kube-error.ts';
import { reduce, start, type Happening, type Position } from './watch-position.ts';

const listed: Happening = { what: 'listed', resourceVersion: '10' };
const event: Happening = { what: 'event', resourceVersion: '11' };
const ended: Happening = { what: 'ended' };
const silent: Happening = { what: 'silent' };
const doubted: Happening = { what: 'doubted' };
const failed = (code: KubeErrorCode, status = 0): Happening => ({
  what: 'failed',
  error: new KubeError('why', { code, status }),
});
const gone = failed('GONE', 410);
const away = failed('UNREACHABLE');

function after(...happenings: Happening[]): Position {
  return happenings.reduce(reduce, start);
}

describe('reduce', () => {
  it.each<[string, Happening[], Partial<Position>]>([
    ['lists first', [], { next: 'list', isPaced: false }],
    [
      'watches from the listed version',
      [listed],
      { next: 'watch', resourceVersion: '10', isPaced: false },
    ],
    ['goes on from what came last', [listed, event], { next: 'watch', resourceVersion: '11' }],
    [
      'opens a watch that ended again, at once',
      [listed, event, ended],
      { next: 'watch', isPaced: false },
    ],
    [
      'does not hurry when watches end without a word',
      [listed, event, ended, ended],
      { next: 'watch', isPaced: true, failures: 1 },
    ],
    [
      'opens a silent watch again, at once',
      [listed, event, silent],
      { next: 'watch', resourceVersion: '11', isPaced: false },
    ],
    [
      'keeps its version when an event has none',
      [listed, { what: 'event', resourceVersion: '' }],
      { next: 'watch', resourceVersion: '10' },
    ],
    [
      'lists again, at once, when in doubt',
      [listed, event, doubted],
      { next: 'list', isPaced: false },
    ],
    [
      'does not hurry when in doubt while the server is away',
      [listed, away, doubted],
      { next: 'list', isPaced: true, failures: 1 },
    ],
    [
      'lists again, at once, when the version is forgotten',
      [listed, event, gone],
      { next: 'list', isPaced: false },
    ],
    [
      'does not hurry when each listed version is forgotten',
      [listed, gone, listed, gone],
      { next: 'list', isPaced: true, failures: 2 },
    ],
    [
      'goes on watching when the server was away',
      [listed, event, away, away],
      { next: 'watch', resourceVersion: '11', isPaced: true, failures: 2 },
    ],
    [
      'goes on watching when the server is too busy',
      [listed, event, failed('OTHER', 429)],
      { next: 'watch', isPaced: true },
    ],
    [
      'lists again when the watch is refused',
      [listed, event, failed('FORBIDDEN', 403)],
      { next: 'list', isPaced: true },
    ],
    ['lists later when a list fails', [away], { next: 'list', isPaced: true, failures: 1 }],
    [
      'watches at once after a list that came late',
      [away, away, listed],
      { next: 'watch', isPaced: false },
    ],
    ['forgets failures when something comes', [away, away, listed, event], { failures: 0 }],
  ])('%s', (_name, happenings, want) => {
    expect(after(...happenings)).toMatchObject(want);
  });
});
