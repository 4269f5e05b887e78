import { Etcd3 } from 'etcd3';
import { afterAll, beforeAll } from 'vitest';
import type { Store } from '@keyfleet/store';
import { describeStore, type StoreHarness } from '@keyfleet/store-conformance';
import { startEtcd, startFaultProxy, type ServerProcess } from '@keyfleet/testkit';
import { openEtcdStore } from './index.ts';

let etcd: ServerProcess;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd[Symbol.asyncDispose]());

const open = ({ host, port }: { host: string; port: number }): Store =>
  openEtcdStore({ endpoints: [`http://${host}:${port}`] });

async function compactEtcd(revision: number): Promise<void> {
  const client = new Etcd3({ hosts: `http://${etcd.host}:${etcd.port}` });
  await client.kv.compact({ revision, physical: true });
  client.close();
}

async function makeHarness(): Promise<StoreHarness> {
  const proxy = await startFaultProxy(etcd);
  const store = open(proxy);
  const others: Store[] = [];
  const another = (): Promise<Store> => {
    const other = open(etcd);
    others.push(other);
    return Promise.resolve(other);
  };
  return {
    store,
    another,
    // etcd keeps the revision that it is told to compact, so one more is written.
    compact: async () => {
      const { revision } = await store.transact([], [{ put: '/compaction', value: '' }]);
      await compactEtcd(revision);
    },
    crash: () => {
      proxy.cut();
      return another();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([store, ...others].map((opened) => opened.close()));
      await proxy[Symbol.asyncDispose]();
    },
  };
}

describeStore('etcd', makeHarness);
