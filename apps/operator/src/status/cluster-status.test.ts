import { describe, expect, it } from 'vitest';
import { NOW_MS, readyProxies, recorded, report, seen, shard } from '../testing/seen.ts';
import {
  statusAfterFailure,
  statusAfterStep,
  type Failure,
  type Report,
} from './cluster-status.ts';

const waiting = {
  step: { do: 'wait', for: 'replication', because: 'shard-1: syncing' },
} satisfies Partial<Report>;
const ready = statusAfterStep(report());
const creating = statusAfterStep(report(waiting));
const failed = seen({
  servers: new Map([['shard-0-1', { state: 'failed', because: 'has no place' }]]),
});

const updating = {
  step: { do: 'update', because: 'the spec wants proxies otherwise' },
} satisfies Partial<Report>;

const silent = {
  step: { do: 'wait', for: 'configserver', because: 'refused' },
  seen: seen({ control: { state: 'unreachable', because: 'refused' } }),
} satisfies Partial<Report>;

function failure(change: Partial<Failure> = {}): Failure {
  const { place, isDeleting, nowMs } = report();
  const error = 'Cannot get X';
  return { previous: undefined, place, isDeleting, error, isFinal: false, nowMs, ...change };
}

function conditionOf(of: Partial<Report>, type: string) {
  return statusAfterStep(report(of)).conditions.find((one) => one.type === type);
}

describe('the phase', () => {
  it.each<[string, Partial<Report>, string]>([
    ['is Ready when nothing is left to do', {}, 'Ready'],
    ['is Creating until it was Ready once', waiting, 'Creating'],
    ['is still Creating at the next look', { ...waiting, previous: creating }, 'Creating'],
    ['is Degraded when something is lost later', { ...waiting, previous: ready }, 'Degraded'],
    ['is Blocked when a part will not come by itself', { ...waiting, seen: failed }, 'Blocked'],
    [
      'stays Ready while the configserver changes its leader',
      { ...silent, previous: ready },
      'Ready',
    ],
    [
      'is Degraded when the configserver stays silent',
      {
        ...silent,
        previous: statusAfterStep(report({ ...silent, previous: ready })),
        nowMs: NOW_MS + 11_000,
      },
      'Degraded',
    ],
    [
      'stays Ready when the silence follows a look that failed, however long ago',
      {
        ...silent,
        previous: statusAfterFailure(failure({ previous: ready })),
        nowMs: NOW_MS + 60_000,
      },
      'Ready',
    ],
    ['stays Ready while another spec is put in place', { ...updating, previous: ready }, 'Ready'],
    [
      'stays Ready while another spec is recorded',
      { step: { do: 'recordCluster', because: 'the recorded spec is another' }, previous: ready },
      'Ready',
    ],
    [
      'is Degraded when an update meets a loss',
      { ...updating, previous: ready, seen: seen({ control: recorded({ phase: 'Degraded' }) }) },
      'Degraded',
    ],
    [
      'is Degraded when an update meets proxies that do not serve',
      { ...updating, previous: ready, seen: seen({ proxies: { state: 'absent' } }) },
      'Degraded',
    ],
    ['is Creating when the spec changes before the first success', updating, 'Creating'],
    ['is Deleting from the first to the last', { ...waiting, isDeleting: true }, 'Deleting'],
  ])('%s', (_title, of, want) => {
    expect(statusAfterStep(report(of)).phase).toBe(want);
  });
});

describe('the operation', () => {
  it('is none in a cluster that is ready', () => {
    expect(ready.operation).toBeUndefined();
  });

  it('keeps its time while the step is the same', () => {
    const later = { nowMs: NOW_MS + 60_000, previous: creating };
    expect(statusAfterStep(report({ ...waiting, ...later })).operation).toEqual({
      type: 'Create',
      step: 'waitForReplication',
      since: '2026-11-22T10:00:00Z',
    });
    const step = { do: 'startProxies', because: 'no proxy is running' };
    expect(statusAfterStep(report({ step, ...later })).operation?.since).toBe(
      '2026-11-22T10:01:00Z',
    );
  });

  it('is a repair after the first success, and says what blocks it and what failed', () => {
    const of = { ...waiting, previous: ready, seen: failed, error: 'Cannot apply X' };
    expect(statusAfterStep(report(of)).operation).toMatchObject({
      type: 'Repair',
      blockedBy: 'shard-0-1 has no place',
      lastError: 'Cannot apply X',
    });
  });
});

describe('an update', () => {
  it.each<[string, Partial<Report>, string]>([
    ['of a cluster that serves', { previous: ready }, 'Update'],
    [
      'that goes on',
      { previous: statusAfterStep(report({ ...updating, previous: ready })) },
      'Update',
    ],
    ['of a cluster that was never ready', {}, 'Create'],
    [
      'of a cluster that lost something',
      { previous: statusAfterStep(report({ ...waiting, previous: ready })) },
      'Repair',
    ],
  ])('%s', (_title, of, want) => {
    expect(statusAfterStep(report({ ...updating, ...of })).operation?.type).toBe(want);
  });
});

describe('a condition', () => {
  it.each<[string, Partial<Report>, string, string]>([
    ['Ready', {}, 'True', 'Ready'],
    ['Ready', waiting, 'False', 'Creating'],
    ['Progressing', waiting, 'True', 'Working'],
    ['Progressing', {}, 'False', 'Complete'],
    ['Progressing', { ...waiting, error: 'no' }, 'False', 'StepFailed'],
    ['SlotsCovered', {}, 'True', 'AllShardsServe'],
    [
      'SlotsCovered',
      { seen: seen({ control: recorded({ shards: [shard(0), { ...shard(1), primary: null }] }) }) },
      'False',
      'ShardsWithoutPrimary',
    ],
    ['SlotsCovered', { seen: seen({ control: { state: 'unknown' } }) }, 'False', 'NotPublished'],
    [
      'ReplicasSynced',
      { seen: seen({ control: recorded({ shards: [shard(0), shard(1, 'syncing')] }) }) },
      'False',
      'OutOfSync',
    ],
    ['ProxiesReady', { seen: seen({ proxies: { state: 'absent' } }) }, 'False', 'NotAvailable'],
    [
      'ProxiesReady',
      { seen: seen({ proxies: readyProxies({ count: 1 }) }) },
      'False',
      'SomeNotAvailable',
    ],
    [
      'ProxiesReady',
      { seen: seen({ proxies: readyProxies({ outdated: 2, stuck: 'timed out' }) }) },
      'False',
      'RolloutStuck',
    ],
    [
      'ProxiesReady',
      { seen: seen({ proxies: readyProxies({ outdated: 1 }) }) },
      'True',
      'Available',
    ],
    [
      'ControlPlaneHealthy',
      { seen: seen({ control: { state: 'unreachable', because: 'refused' } }) },
      'False',
      'Unreachable',
    ],
    ['SlotsCovered', silent, 'Unknown', 'ControlPlaneSilent'],
    ['UpToDate', { seen: seen({ outdated: ['shard-0'] }) }, 'False', 'Outdated'],
    ['UpToDate', { seen: seen({ stale: ['shard-0-1'] }) }, 'False', 'RestartNeeded'],
    ['UpToDate', { seen: seen({ proxies: readyProxies({ outdated: 1 }) }) }, 'False', 'RollingOut'],
    ['UpToDate', {}, 'True', 'AsSpecified'],
    ['Ready', { ...updating, previous: ready }, 'True', 'Ready'],
  ])('%s of %j is %s because %s', (type, of, status, reason) => {
    expect(conditionOf(of, type)).toMatchObject({ status, reason, observedGeneration: 4 });
  });

  it('changes its time only with its status', () => {
    const nowMs = NOW_MS + 60_000;
    const was = ready.conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    expect(conditionOf({ previous: ready, nowMs }, 'Ready')?.lastTransitionTime).toBe(was);
    expect(conditionOf({ ...waiting, previous: ready, nowMs }, 'Ready')?.lastTransitionTime).toBe(
      '2026-11-22T10:01:00Z',
    );
  });
});

describe('the status', () => {
  it('counts shards, and says of each the least that helps', () => {
    const control = recorded({ shards: [shard(0), shard(1, 'shard-1-1 is syncing')] });
    expect(statusAfterStep(report({ seen: seen({ control }) }))).toMatchObject({
      observedGeneration: 4,
      shards: { desired: 2, ready: 1, summary: '1/2' },
      proxies: { wanted: 2, ready: 2 },
      topologyVersion: 3,
      shardStatus: [
        { name: 'shard-0', slots: '0-8191', primary: 'shard-0-0', syncedReplicas: 1 },
        { name: 'shard-1', syncedReplicas: 0, message: 'shard-1-1 is syncing' },
      ],
    });
  });

  it('keeps what is known of the shards while the configserver is silent', () => {
    const status = statusAfterStep(report({ ...silent, previous: ready }));
    expect(status).toMatchObject({ shards: ready.shards, shardStatus: ready.shardStatus });
  });

  it('stays below 1 MB with 1024 shards that all have a long story', () => {
    const long = 'x'.repeat(2000);
    const shards = Array.from({ length: 1024 }, (_, index) => shard(index, long));
    const status = statusAfterStep(report({ seen: seen({ control: recorded({ shards }) }) }));
    expect(JSON.stringify(status).length).toBeLessThan(1_000_000);
  });
});

describe('the status after a failure', () => {
  const place = { ...report().place, generation: 5 };
  const readyIn = ({ conditions }: ReturnType<typeof statusAfterFailure>) =>
    conditions.find(({ type }) => type === 'Ready');

  it('of a look keeps what was known, and says that it is not known any more', () => {
    const status = statusAfterFailure(failure({ previous: ready, place }));
    expect(status).toMatchObject({
      phase: 'Ready',
      message: 'Cannot get X',
      observedGeneration: 4,
      operation: { type: 'Repair', step: 'observe', lastError: 'Cannot get X' },
      shards: ready.shards,
      conditions: expect.arrayContaining(
        ready.conditions.filter(({ type }) => type !== 'Ready'),
      ) as unknown,
    });
    expect(readyIn(status)).toMatchObject({
      status: 'Unknown',
      reason: 'LookFailed',
      message: 'Cannot get X',
      observedGeneration: 4,
    });
  });

  it('of the first look knows nothing', () => {
    expect(statusAfterFailure(failure())).toMatchObject({
      phase: 'Creating',
      observedGeneration: 0,
      operation: { type: 'Create' },
    });
  });

  it('that only another spec ends is Blocked, about the spec that there is', () => {
    const status = statusAfterFailure(failure({ previous: ready, place, isFinal: true }));
    expect(status).toMatchObject({ phase: 'Blocked', observedGeneration: 5 });
    expect(readyIn(status)).toMatchObject({
      status: 'False',
      reason: 'Blocked',
      observedGeneration: 5,
    });
  });

  it('is still Deleting what is being deleted', () => {
    expect(statusAfterFailure(failure({ previous: ready, isDeleting: true })).phase).toBe(
      'Deleting',
    );
  });
});
