/** etcd killed and restarted, and its connection cut or stalled, seen from a store that goes on. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '@keyfleet/runtime';
import {
  OutcomeUnknown,
  StoreUnavailable,
  type Lease,
  type Store,
  type WatchBatch,
} from '@keyfleet/store';
import { startEtcd, startFaultProxy, type FaultProxy, type ServerProcess } from '@keyfleet/testkit';
import { openEtcdStore } from './index.ts';

const never = new AbortController().signal;
const OPERATION_TIMEOUT_MS = 500;

type Address = { readonly host: string; readonly port: number };
const urlOf = ({ host, port }: Address): string => `http://${host}:${port}`;

function open(
  addresses: readonly Address[],
  operationTimeoutMs = OPERATION_TIMEOUT_MS,
): Store & AsyncDisposable {
  const store = openEtcdStore({ endpoints: addresses.map(urlOf), operationTimeoutMs });
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

async function collect(batches: AsyncIterable<WatchBatch>, count: number): Promise<number[]> {
  const revisions: number[] = [];
  for await (const { revision } of batches) {
    revisions.push(revision);
    if (revisions.length === count) return revisions;
  }
  throw new Error('Cannot collect: the watch ended');
}

const whenLost = (lease: Lease): Promise<void> =>
  new Promise((resolve) => {
    lease.lost.addEventListener('abort', () => resolve());
  });

const renewed = (lease: Lease): Promise<void> => {
  const beforeMs = lease.validUntilMs();
  return expect.poll(() => lease.validUntilMs(), { timeout: 10_000 }).toBeGreaterThan(beforeMs);
};

type Fault = [string, (proxy: FaultProxy, etcd: ServerProcess) => Promise<() => Promise<void>>];

const away: Fault[] = [
  [
    'etcd is killed',
    async (_proxy, etcd) => {
      await etcd.kill();
      return () => etcd.restart();
    },
  ],
  [
    'the connection is cut',
    (proxy) => {
      proxy.cut();
      return Promise.resolve(() => {
        proxy.heal();
        return Promise.resolve();
      });
    },
  ],
  [
    'the connection hangs',
    (proxy) => {
      proxy.stall();
      return Promise.resolve(() => {
        proxy.heal();
        return Promise.resolve();
      });
    },
  ],
];

describe.each(away)('while %s', (_name, breaks) => {
  it('calls fail within their deadline, and work again afterwards', async () => {
    await using etcd = await startEtcd();
    await using proxy = await startFaultProxy(etcd);
    await using store = open([proxy]);
    await store.transact([], [{ put: '/a', value: '1' }]);

    const mend = await breaks(proxy, etcd);
    const beganMs = performance.now();
    const [read, listed, granted, written] = await Promise.allSettled([
      store.get('/a'),
      store.list('/'),
      store.grantLease(2),
      store.transact([], [{ put: '/a', value: '2' }]),
    ]);
    // Far more than the deadline, for slow machines; far less than a call that hangs.
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    for (const result of [read, listed, granted]) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
    }
    expect(written).toHaveProperty(
      'reason.code',
      expect.stringMatching(/^(STORE_UNAVAILABLE|OUTCOME_UNKNOWN)$/),
    );

    await mend();
    await expect
      .poll(() => store.get('/a').catch(() => undefined), { timeout: 10_000 })
      .toBeDefined();
  });

  it('a watch waits, then goes on without a gap', async () => {
    await using etcd = await startEtcd();
    await using proxy = await startFaultProxy(etcd);
    await using store = open([proxy]);
    await using writer = open([etcd]);
    const write = async (): Promise<number> => {
      const { revision } = await writer.transact([], [{ put: '/a', value: '' }]);
      return revision;
    };
    const first = await write();
    const watched = store.watch('/', first - 1, never)[Symbol.asyncIterator]();
    expect((await watched.next()).value).toMatchObject({ revision: first });

    const mend = await breaks(proxy, etcd);
    const revisions: number[] = [];
    // What is written while only the watcher is cut off must not be missed either.
    if (etcd.isRunning) revisions.push(await write(), await write());
    await mend();
    await expect
      .poll(() => writer.get('/a').catch(() => undefined), { timeout: 10_000 })
      .toBeDefined();
    revisions.push(await write(), await write());
    const rest = { [Symbol.asyncIterator]: () => watched };
    expect(await collect(rest, revisions.length)).toEqual(revisions);
  });

  it('a lease survives if it is short', async () => {
    await using etcd = await startEtcd();
    await using proxy = await startFaultProxy(etcd);
    await using store = open([proxy]);
    const lease = await store.grantLease(5);
    await store.transact([], [{ put: '/leased', value: '', lease: lease.id }]);
    const mend = await breaks(proxy, etcd);
    await mend();
    await renewed(lease);
    expect(lease.lost.aborted).toBe(false);
    expect(await store.get('/leased')).toBeDefined();
  });

  it('a leadership is lost if it lasts longer than the ttl, and another is elected', async () => {
    await using etcd = await startEtcd();
    await using proxy = await startFaultProxy(etcd);
    await using store = open([proxy]);
    await using other = open([etcd]);
    const leader = await store.campaign('/leader', 'a', 2, never);
    const waiting = other.campaign('/leader', 'b', 2, never);
    const lost = new Promise<number>((resolve) => {
      leader.lost.addEventListener('abort', () => resolve(performance.now()));
    });
    const mend = await breaks(proxy, etcd);
    expect(await lost).toBeGreaterThanOrEqual(leader.validUntilMs());
    expect(leader.lost.reason).toMatchObject({ code: 'LEASE_LOST', end: 'expired' });
    await mend();
    const next = await waiting;
    expect(next.revision).toBeGreaterThan(leader.revision);
    const fenced = await other.transact(
      [{ key: '/leader', createRevision: leader.revision }],
      [{ put: '/topology', value: 'a' }],
    );
    expect(fenced.succeeded).toBe(false);
  });
});

describe('a transaction', () => {
  it('is unavailable, not unknown, when it was never sent', async () => {
    await using etcd = await startEtcd();
    await using store = open([etcd]);
    await etcd.kill();
    await expect(store.transact([], [{ put: '/a', value: '' }])).rejects.toThrow(StoreUnavailable);
  });

  it('has an unknown outcome when it was sent and the answer did not come', async () => {
    await using etcd = await startEtcd();
    await using proxy = await startFaultProxy(etcd);
    await using store = open([proxy]);
    await store.get('/a');
    proxy.stall('replies');
    const attempt = store.transact([], [{ put: '/a', value: 'maybe' }]);
    await expect(attempt).rejects.toThrow(OutcomeUnknown);
    proxy.heal();
    await expect.poll(() => store.get('/a'), { timeout: 10_000 }).toBeDefined();
  });
});

describe('several endpoints', () => {
  it('are used in turn: one that is dead and one that hangs do no harm', async () => {
    await using etcd = await startEtcd();
    await using dead = await startFaultProxy(etcd);
    await using hanging = await startFaultProxy(etcd);
    dead.cut();
    hanging.stall();
    await using store = open([dead, hanging, etcd], 5_000);
    await store.transact([], [{ put: '/a', value: '1' }]);
    expect(await store.get('/a')).toMatchObject({ value: '1' });
    expect(await collect(store.watch('/', 0, never), 1)).toHaveLength(1);
  });

  it('must be given', () => {
    expect(() => openEtcdStore({ endpoints: [] })).toThrow(RangeError);
  });
});

describe('losing a lease', () => {
  it('is told to its owner by the clock alone, though etcd never answers', async () => {
    await using etcd = await startEtcd();
    await using proxy = await startFaultProxy(etcd);
    await using store = open([proxy]);
    const lease = await store.grantLease(2);
    const lost = whenLost(lease);
    proxy.stall();
    await lost;
    expect(performance.now()).toBeGreaterThanOrEqual(lease.validUntilMs());
    proxy.heal();
  });

  it('is seen at once when the machine slept, though the monotonic clock stood still', async () => {
    await using etcd = await startEtcd();
    let sleptMs = 0;
    const clock = { ...systemClock, wallMs: () => Date.now() + sleptMs };
    const store = openEtcdStore({ endpoints: [urlOf(etcd)], clock });
    const lease = await store.grantLease(2);
    expect(lease.validUntilMs()).toBeGreaterThan(performance.now());
    const lost = whenLost(lease);
    sleptMs = 60_000;
    expect(lease.validUntilMs()).toBeLessThan(performance.now());
    await lost;
    await store.close();
  });
});
