/** Over real connections: what the API server says, or does not say, and what becomes of it. */
import { createLogger, systemClock } from '@keyfleet/runtime';
import { startFaultProxy } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { KubeClient } from '../kube-client.ts';
import type { KubeObject } from '../kube-object.ts';
import { configOf, startJournalServer } from '../testing/journal-server.ts';
import { ObjectCache } from './object-cache.ts';

const kind = { apiVersion: 'v1', kind: 'Pod' };
const named = (name: string) => ({ ...kind, metadata: { name, namespace: 'a' } });
/** Longer than a test waits. */
const NEVER_MS = 600_000;
const patience = { timeout: 10_000 };

async function startStory({ silenceMs = NEVER_MS } = {}) {
  const owned = new AsyncDisposableStack();
  const { journal, address } = owned.use(await startJournalServer());
  const proxy = owned.use(await startFaultProxy(address));
  const client = new KubeClient(configOf(proxy), { timeoutMs: 2_000 });
  owned.defer(() => client.close());
  journal.put('p');
  const cache = new ObjectCache<KubeObject>({
    ...{ client, kind, silenceMs, clock: systemClock, random: Math.random },
    log: createLogger('test', 'silent'),
  });
  owned.defer(() => cache.stop());
  cache.start();
  await cache.synced;
  await expect.poll(() => journal.watches, patience).toBe(1);
  const isWhole = async (): Promise<void> => {
    const objects = () => [...cache.all()].map(({ metadata }) => metadata);
    const want = journal.all.map(({ metadata }) => metadata);
    await expect.poll(objects, patience).toEqual(want);
  };
  const end = (): Promise<void> => owned.disposeAsync();
  return { journal, proxy, client, cache, isWhole, [Symbol.asyncDispose]: end };
}

it('knows that an object is gone soon after a call found out, though its watch is silent', async () => {
  await using story = await startStory();
  const { journal, client, isWhole } = story;
  await isWhole();
  journal.isMute = true;
  journal.remove('p');
  journal.put('p');
  journal.remove('p');
  journal.put('q');
  expect(await client.get(named('p'))).toBeUndefined();
  await isWhole();
  expect(journal.lists).toBe(2);
});

it('hears on a new connection what was not said on a silent one', async () => {
  await using story = await startStory({ silenceMs: 300 });
  const { journal, isWhole } = story;
  journal.isMute = true;
  journal.remove('p');
  journal.put('p');
  await expect.poll(() => journal.watches, patience).toBeGreaterThan(1);
  journal.isMute = false;
  await isWhole();
  expect(journal.lists).toBe(1);
});

it('hears what was said while no byte came through', async () => {
  await using story = await startStory({ silenceMs: 300 });
  const { journal, proxy, isWhole } = story;
  proxy.stall('replies');
  journal.remove('p');
  journal.put('q');
  await expect.poll(() => journal.watches, patience).toBeGreaterThan(1);
  proxy.heal();
  await isWhole();
});

it('hears what was said while its connection was cut', async () => {
  await using story = await startStory();
  const { journal, proxy, isWhole } = story;
  proxy.cut();
  journal.remove('p');
  journal.put('p');
  proxy.heal();
  await isWhole();
});
