import { describe, expect, it } from 'vitest';
import { podState, type Pod } from './pod-state.ts';

function pod(status: Pod['status'], more: { metadata?: object; spec?: Pod['spec'] } = {}): Pod {
  const metadata = { name: 'orders-shard-0-0', ...more.metadata };
  return { apiVersion: 'v1', kind: 'Pod', ...more, metadata, status };
}

const ready = { type: 'Ready', status: 'True' };
const waiting = (reason: string, message?: string) => ({
  containerStatuses: [
    {
      ...{ name: 'server', image: '', imageID: '', ready: false, restartCount: 3 },
      state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
      ...(reason === 'CrashLoopBackOff' ? { lastState: { terminated: { exitCode: 1 } } } : {}),
    },
  ],
});

describe('podState()', () => {
  it.each<[string, Pod, object]>([
    [
      'is ready with its address',
      pod({ phase: 'Running', podIP: '10.0.0.7', conditions: [ready] }),
      { state: 'ready', ip: '10.0.0.7' },
    ],
    [
      'is stopping from the moment it is deleted, ready or not',
      pod(
        { podIP: '10.0.0.7', conditions: [ready] },
        { metadata: { deletionTimestamp: '1970-01-01T00:00:00Z' } },
      ),
      { state: 'stopping', because: 'is ending' },
    ],
    [
      'fails without a node to run on',
      pod({
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', message: '0/3 nodes are available:\n no CPU' },
        ],
      }),
      { state: 'failed', because: 'has no place: 0/3 nodes are available: no CPU' },
    ],
    [
      'is on its way when the scheduler tries again by itself',
      pod({
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'SchedulerError', message: 'modified' },
        ],
      }),
      { state: 'starting', because: 'is being given a place' },
    ],
    [
      'fails when its image cannot be had',
      pod({ phase: 'Pending', ...waiting('ImagePullBackOff', 'no such image') }),
      { state: 'failed', because: 'cannot start (ImagePullBackOff, no such image)' },
    ],
    [
      'fails when it ends again and again',
      pod({ phase: 'Running', ...waiting('CrashLoopBackOff') }),
      {
        state: 'failed',
        because: 'cannot start (CrashLoopBackOff, it ended with exit code 1)',
      },
    ],
    [
      'fails when it was evicted',
      pod({ phase: 'Failed', reason: 'Evicted' }),
      { state: 'failed', because: 'has ended: Evicted' },
    ],
    [
      'starts while its image is pulled',
      pod({ phase: 'Pending', ...waiting('ContainerCreating') }, { spec: spec('node-1') }),
      { state: 'starting', because: 'is being created on node-1' },
    ],
    [
      'starts while it loads its data',
      pod({ phase: 'Running', podIP: '10.0.0.7' }, { spec: spec('node-1') }),
      { state: 'starting', because: 'runs on node-1, but is not ready' },
    ],
  ])('%s', (_title, given, want) => {
    expect(podState(given)).toEqual(want);
  });

  it('keeps what it says short', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', message: 'x'.repeat(5000) }];
    const state = podState(pod({ conditions }));
    expect('because' in state && state.because.length).toBeLessThan(250);
  });
});

function spec(nodeName: string) {
  return { nodeName, containers: [] };
}
