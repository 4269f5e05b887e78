import { createLogger } from '@keyfleet/runtime';
import { describe, expect, it } from 'vitest';
import { Unanswered } from '../kube-error.ts';
import { ObjectJournal } from '../testing/object-journal.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ObjectCache } from './object-cache.ts';

const SILENCE_MS = 60_000;

function testCache(names: string[]) {
  const journal = new ObjectJournal();
  for (const name of names) journal.put(name);
  const clock = new VirtualClock();
  const cache = new ObjectCache({
    client: journal,
    kind: { apiVersion: 'v1', kind: 'Pod' },
    project: ({ metadata }) => metadata.name,
    clock,
    random: () => 0.5,
    log: createLogger('test', 'silent'),
    silenceMs: SILENCE_MS,
  });
  const heard: string[] = [];
  cache.onChange((name, change) => heard.push(`${change} ${name}`));
  return { journal, clock, cache, heard, names: () => [...cache.all()].sort() };
}

describe('an ObjectCache', () => {
  it('has all pages when it is synced, and then what is watched', async () => {
    const { journal, clock, cache, heard, names } = testCache(['p', 'q', 'r']);
    expect(cache.isSynced).toBe(false);
    cache.start();
    await cache.synced;
    expect(cache.isSynced).toBe(true);
    expect(names()).toEqual(['p', 'q', 'r']);
    expect(cache.get('a', 'p')).toBe('p');

    heard.length = 0;
    journal.put('s');
    journal.put('p');
    journal.remove('q');
    journal.bookmark();
    await clock.advance(0);
    expect(heard).toEqual(['added s', 'updated p', 'deleted q']);
    expect(names()).toEqual(['p', 'r', 's']);
    await cache.stop();
  });

  it('hears of what was deleted and added unseen, when its version is forgotten', async () => {
    const { journal, clock, cache, heard } = testCache(['p', 'q']);
    cache.start();
    await cache.synced;
    await clock.advance(0);
    heard.length = 0;
    journal.fault = new Unanswered('watch Pod', 'away');
    journal.endWatches();
    await clock.advance(100);
    journal.remove('p');
    journal.put('r');
    journal.forget();
    journal.fault = undefined;
    await clock.advance(5_000);
    expect(heard).toEqual(['deleted p', 'added r']);
    await cache.stop();
  });

  it('opens a watch again from where it was, without a list', async () => {
    const { journal, clock, cache, heard } = testCache(['p']);
    cache.start();
    await clock.advance(0);
    journal.put('q');
    await clock.advance(0);
    journal.endWatches();
    await clock.advance(0);
    journal.put('r');
    await clock.advance(0);
    expect(heard).toEqual(['added p', 'added q', 'added r']);
    expect(journal).toMatchObject({ lists: 1, watches: 2 });
    await cache.stop();
  });

  it('opens a watch again that says nothing for too long', async () => {
    const { journal, clock, cache } = testCache([]);
    cache.start();
    await clock.advance(SILENCE_MS - 1);
    journal.bookmark();
    await clock.advance(SILENCE_MS - 1);
    expect(journal.watches).toBe(1);
    await clock.advance(1);
    expect(journal).toMatchObject({ lists: 1, watches: 2 });
    await cache.stop();
  });

  it('lists when an object is not what it was thought to be, and the watch does not tell', async () => {
    const { journal, clock, cache, heard, names } = testCache(['p']);
    cache.start();
    await clock.advance(0);
    heard.length = 0;
    journal.isMute = true;
    journal.remove('p');
    journal.put('p');
    journal.remove('p');
    journal.put('q');
    journal.refuse('p');
    await clock.advance(1_000);
    expect(heard).toEqual(['deleted p', 'added q']);
    expect(names()).toEqual(['q']);
    expect(journal).toMatchObject({ lists: 2, watches: 2 });
    await cache.stop();
  });

  it('does not list when the watch tells soon, or when it does not know the object', async () => {
    const { journal, clock, cache } = testCache(['p']);
    cache.start();
    await clock.advance(0);
    journal.refuse('p');
    journal.refuse('q');
    await clock.advance(999);
    journal.put('p');
    await clock.advance(100_000);
    expect(journal.lists).toBe(1);
    await cache.stop();
  });

  it('does not list all the time for one who is refused whatever the cache has', async () => {
    const { journal, clock, cache } = testCache(['p']);
    cache.start();
    for (let seconds = 0; seconds < 60; seconds++) {
      journal.refuse('p');
      await clock.advance(1_000);
    }
    expect(journal.lists).toBeLessThanOrEqual(7);
    await cache.stop();
  });

  it('hears that an object which was made again unseen is another one', async () => {
    const { journal, clock, cache, heard } = testCache(['p']);
    cache.start();
    await clock.advance(0);
    heard.length = 0;
    journal.isMute = true;
    journal.remove('p');
    journal.put('p');
    journal.refuse('p');
    await clock.advance(1_000);
    expect(heard).toEqual(['deleted p', 'added p']);
    await cache.stop();
  });

  it('asks ever more rarely while nobody answers, and is whole afterwards', async () => {
    const { journal, clock, cache, names } = testCache(['p']);
    journal.fault = new Unanswered('list Pod', 'away');
    cache.start();
    await clock.advance(600_000);
    expect(journal.lists).toBeLessThan(40);
    expect(cache.isSynced).toBe(false);
    journal.fault = undefined;
    await clock.advance(30_000);
    await cache.synced;
    expect(names()).toEqual(['p']);
    await cache.stop();
  });

  it('ends while it waits, and whoever waits for it goes on', async () => {
    const { journal, clock, cache } = testCache([]);
    journal.fault = new Unanswered('list Pod', 'away');
    cache.start();
    await clock.advance(100);
    await cache.stop();
    await cache.synced;
    expect(cache.isSynced).toBe(false);
  });
});
