import { createLogger, systemClock } from '@keyfleet/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube-object.ts';
import { testNamespace, type TestNamespace } from '../testing/api-server.ts';
import { EventRecorder } from './event-recorder.ts';

let test: TestNamespace;
beforeAll(async () => {
  test = await testNamespace();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

type Event = KubeObject & { readonly count: number; readonly reason: string };

describe('on a real API server', () => {
  it('Events are found as kubectl describe finds them, and counted', async () => {
    const { client, namespace } = test;
    const recorder = new EventRecorder({
      client,
      component: 'test',
      clock: systemClock,
      random: Math.random,
      log: createLogger('test', 'silent'),
    });
    const metadata = { name: 'told', namespace };
    const object = await client.create<KubeObject>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
    });
    recorder.record(object, { type: 'Normal', reason: 'Told', message: 'once' });
    recorder.record(object, { type: 'Warning', reason: 'ToldAgain', message: 'twice' });
    recorder.record(object, { type: 'Warning', reason: 'ToldAgain', message: 'twice' });
    await recorder.stop();

    const { uid } = object.metadata;
    const fieldSelector = `involvedObject.kind=ConfigMap,involvedObject.name=told,involvedObject.uid=${uid!}`;
    const kind = { apiVersion: 'v1', kind: 'Event' };
    const events = await client.list<Event>(kind, { namespace, fieldSelector });
    expect(events.map(({ reason, count }) => [reason, count]).sort()).toEqual([
      ['Told', 1],
      ['ToldAgain', 2],
    ]);
  });
});
