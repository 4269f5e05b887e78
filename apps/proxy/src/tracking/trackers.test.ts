import { describe, expect, it } from 'vitest';
import type { Client } from '../downstream/client.ts';
import { classOf, tracked } from '../upstream/connection-class.ts';
import { Tracker } from './tracker.ts';
import { Trackers } from './trackers.ts';
import type { TrackingOptions } from './tracking-options.ts';

const off = { redirect: 0, isOptIn: false, isOptOut: false, isNoloop: false, prefixes: [] };
const keys: TrackingOptions = { ...off, isBroadcast: false };
const broadcast: TrackingOptions = { ...off, isBroadcast: true, prefixes: [''] };
const CLASS = tracked(classOf(3, 0), { isBroadcast: false, ownId: null });
const OTHER = tracked(classOf(3, 1), { isBroadcast: false, ownId: null });
const FEED = tracked(classOf(3, 0), { isBroadcast: true, ownId: null });
const OTHER_FEED = tracked(classOf(3, 1), { isBroadcast: true, ownId: null });

/** Only who it is matters here. */
const clientIn = (connectionClass: number): Client =>
  Object.assign(Object.create(null), { connectionClass, places: { head: 3, tail: 7 } }) as Client;

function trackerIn(trackers: Trackers, connectionClass: number, options = keys): Tracker {
  const client = clientIn(connectionClass);
  const tracker = new Tracker(client, options);
  trackers.add(client, tracker);
  trackers.join(tracker, connectionClass);
  return tracker;
}
const read = (...names: string[]) => names.map((key) => ({ key, slot: key.charCodeAt(0) }));

describe('Trackers', () => {
  it('knows each reader of a key once, until it is taken', () => {
    const trackers = new Trackers(1e6);
    const [one, two] = [trackerIn(trackers, CLASS), trackerIn(trackers, CLASS)];
    for (const tracker of [one, one, two]) trackers.note(tracker, read('a'));
    const table = trackers.scopeOf(CLASS)!.keys;
    expect([trackers.keyCount, trackers.readerCount]).toEqual([1, 2]);
    expect([...table.take('a')]).toEqual([
      [one, 7],
      [two, 7],
    ]);
    expect(table.take('a').size).toBe(0);
    expect([trackers.bytes, trackers.readerCount]).toEqual([0, 0]);
  });

  it('counts a prefix once, however many clients have it, and while one has', () => {
    const trackers = new Trackers(1e6);
    const options = { ...broadcast, prefixes: ['a', 'b'] };
    const client = trackerIn(trackers, FEED, options).client!;
    trackerIn(trackers, OTHER_FEED, { ...broadcast, prefixes: ['b'] });
    expect(trackers.prefixCount).toBe(2);
    trackers.remove(client);
    expect(trackers.prefixCount).toBe(1);
  });

  it('takes the keys of some slots', () => {
    const trackers = new Trackers(1e6);
    const [one, two] = [trackerIn(trackers, CLASS), trackerIn(trackers, CLASS)];
    trackers.note(one, read('a', 'b', 'c'));
    trackers.note(two, read('b', 'd'));
    const { keys: table } = trackers.scopeOf(CLASS)!;
    const slots = new Set(['a', 'b', 'x'].map((letter) => letter.charCodeAt(0)));
    const taken = table.takeSlots((slot) => slots.has(slot));
    expect(taken).toEqual(
      new Map([
        [one, ['a', 'b']],
        [two, ['b']],
      ]),
    );
    expect(trackers.keyCount).toBe(2);
  });

  it('forgets the oldest keys of the largest table when there are too many, and says whose they were', () => {
    const trackers = new Trackers(5000);
    const [one, two] = [trackerIn(trackers, CLASS), trackerIn(trackers, OTHER)];
    const known = new Map<Tracker, Set<string>>([
      [one, new Set()],
      [two, new Set()],
    ]);
    for (let i = 0; i < 1000; i++) {
      const tracker = i % 10 === 0 ? two : one;
      const key = `key-${i % 300}`;
      const taken = trackers.note(tracker, read(key));
      known.get(tracker)!.add(key);
      for (const [reader, gone] of taken) for (const name of gone) known.get(reader)!.delete(name);
      expect(trackers.bytes).toBeLessThanOrEqual(5000);
      expect(known.get(one)!.size + known.get(two)!.size).toBe(trackers.keyCount);
    }
    expect(known.get(two)!.size).toBeGreaterThan(0);
    expect(known.get(one)!.has('key-99')).toBe(true);
  });

  it('lets even one key be too much', () => {
    const trackers = new Trackers(1024);
    const tracker = trackerIn(trackers, CLASS);
    const key = 'x'.repeat(2000);
    expect(trackers.note(tracker, read(key))).toEqual(new Map([[tracker, [key]]]));
    expect(trackers.bytes).toBe(0);
  });

  it('keeps what a client read over other connections, but has broadcasts once', () => {
    const trackers = new Trackers(1e6);
    const reader = trackerIn(trackers, CLASS);
    trackers.note(reader, read('a'));
    trackers.join(reader, OTHER);
    expect(trackers.scopeOf(CLASS)!.keys.take('a').has(reader)).toBe(true);
    const listener = trackerIn(trackers, FEED, broadcast);
    trackers.join(listener, OTHER_FEED);
    expect(trackers.broadcastClasses()).toEqual([OTHER_FEED]);
  });

  it('keeps nothing when the last one is off', () => {
    const trackers = new Trackers(1e6);
    const client = clientIn(CLASS);
    const tracker = new Tracker(client, keys);
    trackers.add(client, tracker);
    trackers.join(tracker, CLASS);
    trackers.note(tracker, read('a'));
    trackers.remove(client);
    expect([trackers.size, trackers.keyCount, trackers.scopeOf(CLASS)]).toEqual([0, 0, undefined]);
    expect(tracker.client).toBeNull();
  });
});
