import { describe, expect, it } from 'vitest';
import { Readiness, type ReadinessSources } from './readiness.ts';

type Shards = ReadinessSources['routing']['shards'];

/** What it says of shards that are reached (`x`), away (`-`) or not tried yet (`?`), look by look. */
function looks(...of: string[]): (string | null)[] {
  const sources = {
    routing: { closedError: null, shards: [] as Shards },
    isDraining: () => false,
  };
  const readiness = new Readiness(sources);
  return of.map((text) => {
    const shards = text.split('').map((mark, index) => ({
      id: `shard-${index}`,
      isReachable: () => mark === 'x',
      isTried: () => mark !== '?',
    }));
    sources.routing.shards = shards as unknown as Shards;
    return readiness.notReadyBecause();
  });
}

describe('a proxy', () => {
  it('is ready when it has tried every shard', () => {
    expect(looks('x?', 'xx')).toEqual(['no connection to shard-1', null]);
  });

  it('is ready while one shard is away: the others serve', () => {
    expect(looks('x-', 'xx', 'x-', 'x?')).toEqual([null, null, null, null]);
  });

  it('is not ready when it reaches none', () => {
    expect(looks('xx', '--', 'x-')).toEqual([null, 'no connection to shard-0, shard-1', null]);
  });

  it('is not ready without a lease, or while it drains', () => {
    const routing = { closedError: Buffer.from('-CLUSTERDOWN no lease\r\n'), shards: [] };
    const closed = new Readiness({ routing, isDraining: () => false });
    expect(closed.notReadyBecause()).toBe('CLUSTERDOWN no lease');
    const draining = new Readiness({ routing, isDraining: () => true });
    expect(draining.notReadyBecause()).toBe('draining');
  });
});
