import { describe, expect, it } from 'vitest';
import { shownConfig } from './config.ts';
import { fieldsOf } from './fields.ts';
import { weighted } from './keys.ts';
import { eventHistory, histograms, latestEvents } from './latency.ts';
import { memoryStats } from './memory-stats.ts';
import { isOwned } from './owned-config.ts';
import { newestFirst } from './slow-log.ts';

describe('latency', () => {
  it('latest: of each event the latest sample, the worst of all, and sums added', () => {
    const merged = latestEvents([
      [['command', 100, 5, 50, 60, 2]],
      [
        ['command', 200, 7, 9, 10, 3],
        ['fork', 50, 1, 1, 1, 1],
      ],
    ]);
    expect(merged).toEqual([
      ['command', 200, 7, 50, 70, 5],
      ['fork', 50, 1, 1, 1, 1],
    ]);
  });

  it('history: oldest first, no more than a server keeps', () => {
    expect(eventHistory([[[3, 30]], [[1, 10], [4, 40]]])).toEqual([[1, 10], [3, 30], [4, 40]]); // prettier-ignore
    const samples = Array.from({ length: 100 }, (_, i) => [i, i]);
    expect(eventHistory([samples, samples])).toHaveLength(160);
  });

  it.each([2, 3])('histograms: cumulative counts stay cumulative (RESP%i)', (version) => {
    const form = (pairs: [string | number, unknown][]): never =>
      (version === 3 ? new Map(pairs) : pairs.flat()) as never;
    const one = form([['set', form([['calls', 5], ['histogram_usec', form([[1, 2], [4, 5]])]])]]); // prettier-ignore
    const two = form([['set', form([['calls', 4], ['histogram_usec', form([[2, 3], [4, 4]])]])]]); // prettier-ignore
    const merged = histograms([one, two]) as Map<string, Map<string, unknown>>;
    expect(merged.get('set')!.get('calls')).toBe(9);
    expect([...(merged.get('set')!.get('histogram_usec') as Map<number, number>)]).toEqual([
      [1, 2],
      [2, 5],
      [4, 9],
    ]);
  });
});

describe('the slow log', () => {
  it('is newest first, and in the order of its server within a second', () => {
    const merged = newestFirst([
      [[7, 20], [6, 10], [5, 10]],
      [[9, 15], [8, 10]],
    ]); // prettier-ignore
    expect(merged.map(([id]) => id)).toEqual([7, 9, 6, 5, 8]);
  });
});

describe('MEMORY STATS', () => {
  it('adds amounts up, and shows the worst ratio', () => {
    const stats = (keys: number, total: number, ratio: string) => [
      ...['keys.count', keys, 'total.allocated', total, 'startup.allocated', 10],
      ...['keys.bytes-per-key', 1, 'fragmentation', ratio, 'db.0', ['overhead', keys]],
    ];
    const merged = memoryStats([stats(1, 110, '1.5'), stats(3, 310, '1.25')]);
    expect(merged).toEqual(
      new Map<unknown, unknown>([
        ['keys.count', 4],
        ['total.allocated', 420],
        ['startup.allocated', 20],
        ['keys.bytes-per-key', 100],
        ['fragmentation', '1.5'],
        ['db.0', new Map([['overhead', 4]])],
      ]),
    );
  });
});

describe('CONFIG', () => {
  it.each([
    'dir',
    'save',
    'maxmemory',
    'slaveof',
    'replica-priority',
    'tls-port',
    'maxclients',
    'client-output-buffer-limit',
    'client-query-buffer-limit',
    'maxmemory-clients',
    'proto-max-bulk-len',
  ])('%s is the platform’s', (name) => expect(isOwned(name, true)).toBe(true));

  it.each(['hz', 'slowlog-max-len', 'notify-keyspace-events', 'lua-time-limit', 'appendfsync'])(
    '%s is the user’s',
    (name) => expect(isOwned(name, true)).toBe(false),
  );

  it('of other people’s servers is theirs, but for what the proxy is, and how they are reached', () => {
    const refused = [
      'port', 'bind', 'maxclients', 'databases', 'client-output-buffer-limit', 'requirepass', 'masterauth', 'tls-port',
      'cluster-announce-ip', 'replica-announce-port',
    ]; // prettier-ignore
    const set = [
      'maxmemory', 'maxmemory-policy', 'save', 'appendonly', 'min-replicas-to-write', 'repl-backlog-size', 'replica-priority',
      'tls-cert-file', 'cluster-require-full-coverage', 'hz',
    ]; // prettier-ignore
    expect([...refused, ...set].filter((name) => isOwned(name, false))).toEqual(refused);
  });

  it('shows the memory of all servers together, and no password', () => {
    const own = { port: 7480, bind: '0.0.0.0', databases: 16, clientsMax: 5 };
    const fields = fieldsOf(['maxmemory', '100', 'masterauth', 'secret', 'hz', '10']);
    const shown = shownConfig(fields, own, 3);
    expect(shown).toEqual(new Map([['maxmemory', '300'], ['masterauth', ''], ['hz', '10']])); // prettier-ignore
  });
});

describe('weighted', () => {
  it.each([
    [0, 'a'],
    [1.9, 'a'],
    [2, 'c'],
    [4.99, 'c'],
    [5, 'c'],
  ])('%d of 5 falls to %s', (at, want) => {
    const counts = [
      { shard: 'a', count: 2 },
      { shard: 'b', count: 0 },
      { shard: 'c', count: 3 },
      { shard: 'd', count: 0 },
    ];
    expect(weighted(counts, at)).toBe(want);
  });
});
