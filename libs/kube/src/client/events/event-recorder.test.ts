import { createLogger } from '@keyfleet/runtime';
import { describe, expect, it } from 'vitest';
import type { RecorderOptions } from './event-recorder.ts';
import { Refused, Unanswered } from '../kube-error.ts';
import type { KubeObject } from '../kube-object.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import type { EventFacts } from './event-memory.ts';
import { EventRecorder } from './event-recorder.ts';

const object: KubeObject = {
  apiVersion: 'keyfleet.dev/v1alpha1',
  kind: 'RedisCluster',
  metadata: { name: 'orders', namespace: 'team-a', uid: 'u-1' },
};
const scaling: EventFacts = { type: 'Normal', reason: 'Scaling', message: 'from 3 to 4 shards' };

/** The Events that there are, by name, and a way to break the API server. */
function testRecorder() {
  const clock = new VirtualClock();
  clock.wallOffsetMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const events = new Map<string, Record<string, unknown>>();
  const api: { fault?: Error; hold?: Promise<unknown>; calls: number } = { calls: 0 };
  const answer = async (signal: AbortSignal | undefined): Promise<void> => {
    api.calls++;
    if (api.hold) await Promise.race([api.hold, aborted(signal!)]);
    signal?.throwIfAborted();
    if (api.fault) throw api.fault;
  };
  const client: RecorderOptions['client'] = {
    create: async (event, options) => {
      await answer(options?.signal);
      events.set(event.metadata.name, { ...event });
      return event;
    },
    merge: async (ref, patch, options) => {
      await answer(options?.signal);
      const event = events.get(ref.metadata.name);
      if (!event) throw new Refused('patch Event', 404, { reason: 'NotFound' });
      return Object.assign(event, patch) as never;
    },
  };
  let random = 0;
  const recorder = new EventRecorder({
    client,
    component: 'keyfleet-operator',
    clock,
    random: () => (random += 2 ** -20),
    log: createLogger('test', 'silent'),
  });
  return { clock, events, api, recorder, all: () => [...events.values()] };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

describe('an EventRecorder', () => {
  it('writes an Event that kubectl describe shows', async () => {
    const { clock, recorder, all } = testRecorder();
    recorder.record(object, scaling);
    await clock.advance(0);
    expect(all()).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          name: expect.stringMatching(/^orders\.[0-9a-f]{22}$/) as string,
          namespace: 'team-a',
        },
        involvedObject: {
          apiVersion: 'keyfleet.dev/v1alpha1',
          kind: 'RedisCluster',
          name: 'orders',
          namespace: 'team-a',
          uid: 'u-1',
        },
        type: 'Normal',
        reason: 'Scaling',
        message: 'from 3 to 4 shards',
        count: 1,
        firstTimestamp: '2026-01-02T03:04:05Z',
        lastTimestamp: '2026-01-02T03:04:05Z',
        source: { component: 'keyfleet-operator' },
        reportingComponent: 'keyfleet-operator',
      },
    ]);
  });

  it('counts what is said again', async () => {
    const { clock, recorder, all } = testRecorder();
    for (let at = 0; at < 3; at++) {
      recorder.record(object, scaling);
      await clock.advance(60_000);
    }
    recorder.record(object, { ...scaling, message: 'from 4 to 5 shards' });
    await clock.advance(0);
    expect(all()).toMatchObject([
      {
        count: 3,
        firstTimestamp: '2026-01-02T03:04:05Z',
        lastTimestamp: '2026-01-02T03:06:05Z',
      },
      { count: 1, message: 'from 4 to 5 shards' },
    ]);
  });

  it('counts also what is said again at once', async () => {
    const { clock, recorder, all } = testRecorder();
    for (let at = 0; at < 3; at++) recorder.record(object, scaling);
    await clock.advance(0);
    expect(all()).toMatchObject([{ count: 3 }]);
  });

  it('goes on counting when the Event is gone', async () => {
    const { clock, recorder, events, all } = testRecorder();
    recorder.record(object, scaling);
    await clock.advance(60_000);
    events.clear();
    recorder.record(object, scaling);
    await clock.advance(0);
    const want = { count: 2, firstTimestamp: '2026-01-02T03:04:05Z' };
    expect(all()).toMatchObject([want]);
  });

  it('does not mind when Events cannot be written', async () => {
    const { clock, recorder, api, all } = testRecorder();
    api.fault = new Unanswered('create Event', 'away');
    recorder.record(object, scaling);
    await clock.advance(0);
    delete api.fault;
    recorder.record(object, scaling);
    await clock.advance(0);
    expect(all()).toMatchObject([{ count: 1 }]);
  });

  it('names Events in their order, for kubectl sorts them by whole seconds only', async () => {
    const { clock, recorder, all } = testRecorder();
    for (const ms of [0, 0, 1, 40]) {
      await clock.advance(ms);
      recorder.record(object, { ...scaling, message: `Event ${all().length}` });
      await clock.advance(0);
    }
    const names = (all() as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(4);
    expect(names).toEqual(names.toSorted());
  });

  it('keeps no more than a bounded number waiting', async () => {
    const { clock, recorder, api } = testRecorder();
    const hold = Promise.withResolvers<undefined>();
    api.hold = hold.promise;
    for (let at = 0; at < 1_000; at++) {
      const each = { ...object, metadata: { ...object.metadata, uid: `u-${at}` } };
      recorder.record(each, scaling);
    }
    hold.resolve(undefined);
    await clock.advance(0);
    await recorder.stop();
    expect(api.calls).toBeLessThan(300);
  });

  it('writes what waits before it ends, but does not wait for ever', async () => {
    const { clock, recorder, api, all } = testRecorder();
    recorder.record(object, scaling);
    recorder.record(object, { ...scaling, message: 'another' });
    await recorder.stop();
    expect(all()).toHaveLength(2);

    const other = testRecorder();
    other.api.hold = new Promise(() => undefined);
    other.recorder.record(object, scaling);
    const stopping = other.recorder.stop();
    await other.clock.advance(10_000);
    await stopping;
    expect(api.calls).toBe(2);
    expect(other.all()).toEqual([]);
    await clock.advance(0);
  });

  it('cuts what would not fit', async () => {
    const { clock, recorder, all } = testRecorder();
    const metadata = { ...object.metadata, name: 'x'.repeat(253) };
    recorder.record({ ...object, metadata }, { ...scaling, message: 'y'.repeat(5_000) });
    await clock.advance(0);
    const [event] = all() as { metadata: { name: string }; message: string }[];
    expect(event!.metadata.name.length).toBeLessThanOrEqual(253);
    expect(event!.message).toHaveLength(1_024);
  });
});
