/** Whatever the watch goes through, the cache is whole again soon after the API server is well. */
import { createLogger } from '@keyfleet/runtime';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Unanswered } from '../kube-error.ts';
import type { KubeObject } from '../kube-object.ts';
import { ObjectJournal } from '../testing/object-journal.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { ObjectCache } from './object-cache.ts';
import type { ChangeKind } from './object-table.ts';

type Act = (journal: ObjectJournal, clock: VirtualClock) => unknown;

const name = fc.constantFrom('p', 'q', 'r');
const isThere = (journal: ObjectJournal, wanted: string) =>
  journal.all.some(({ metadata }) => metadata.name === wanted);
const remove = (wanted: string) => (journal: ObjectJournal) =>
  isThere(journal, wanted) && journal.remove(wanted);
/** What a deletion and an immediate creation of the same name look like. */
const replace = (wanted: string) => (journal: ObjectJournal) => {
  remove(wanted)(journal);
  journal.put(wanted);
};

const act: fc.Arbitrary<Act> = fc.oneof(
  name.map((wanted) => (journal: ObjectJournal) => journal.put(wanted)),
  name.map(remove),
  name.map(replace),
  name.map((wanted) => (journal: ObjectJournal) => journal.refuse(wanted)),
  fc.nat(100_000).map((ms) => (_: ObjectJournal, clock: VirtualClock) => clock.advance(ms)),
  fc.nat(2_000).map((ms) => (_: ObjectJournal, clock: VirtualClock) => clock.advance(ms)),
  fc.boolean().map((isMute) => (journal: ObjectJournal) => (journal.isMute = isMute)),
  fc.boolean().map((isAway) => (journal: ObjectJournal) => {
    journal.fault = isAway ? new Unanswered('ask', 'away') : undefined;
  }),
  fc.constant((journal: ObjectJournal) => journal.bookmark()),
  fc.constant((journal: ObjectJournal) => journal.endWatches()),
  fc.constant((journal: ObjectJournal) => journal.forget()),
);

/** What a listener believes that there is: it never hears of a change to what it does not know. */
function believer() {
  const known = new Map<string, KubeObject>();
  const hear = (object: KubeObject, change: ChangeKind): void => {
    const before = known.get(object.metadata.name);
    expect(before !== undefined).toBe(change !== 'added');
    if (change !== 'added') expect(object.metadata.uid).toBe(before!.metadata.uid);
    if (change === 'deleted') known.delete(object.metadata.name);
    else known.set(object.metadata.name, object);
  };
  return { known, hear };
}

const sorted = (objects: Iterable<KubeObject>): KubeObject[] =>
  [...objects].sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));

it('has what the API server has, and has told it', async () => {
  const check = async (acts: Act[]): Promise<void> => {
    const journal = new ObjectJournal();
    const clock = new VirtualClock();
    const { known, hear } = believer();
    const cache = new ObjectCache<KubeObject>({
      ...{ client: journal, clock, random: () => 0.5, kind: { apiVersion: 'v1', kind: 'Pod' } },
      log: createLogger('test', 'silent'),
    });
    cache.onChange(hear);
    journal.put('p');
    cache.start();
    await clock.advance(0);
    for (const one of acts) await one(journal, clock);
    journal.fault = undefined;
    journal.isMute = false;
    // The longest pause between tries, or the longest silence.
    await clock.advance(120_000);
    expect(sorted(cache.all())).toEqual(sorted(journal.all));
    expect(sorted(known.values())).toEqual(sorted(journal.all));
    await cache.stop();
  };
  await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 30, size: 'max' }), check), {
    numRuns: 300,
  });
});
