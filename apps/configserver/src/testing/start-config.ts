/** One configserver on the embedded store, within the test's process. */
import { ApiClient, routes } from '@keyfleet/api';
import { openEmbeddedStore } from '@keyfleet/embedded-store';
import { createLogger, systemClock } from '@keyfleet/runtime';
import type { Store } from '@keyfleet/store';
import { expect, vi } from 'vitest';
import { startConfigserver } from '../configserver.ts';

export type TestConfigserver = AsyncDisposable & {
  readonly client: ApiClient;
  readonly url: string;
  readonly store: Store;
};

/** It leads when it resolves. */
export async function startConfig(file: string): Promise<TestConfigserver> {
  const store = openEmbeddedStore({ file });
  const running = await startConfigserver({
    store,
    clock: systemClock,
    log: createLogger('test', 'silent'),
    bind: '127.0.81.8',
    apiPort: 0,
    advertiseUrl: '',
    proxyLeaseMs: 3000,
    leaderTtlSeconds: 2,
    tickMs: 100,
  });
  const { url } = running;
  const client = new ApiClient([url], fetch);
  const call = () => client.call(routes.listClusters, { params: {} });
  await vi.waitFor(async () => expect(await call()).toBeDefined(), 10_000);
  return { client, url, store, [Symbol.asyncDispose]: () => running.stop() };
}
