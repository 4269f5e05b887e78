import type { Pod } from '@keyfleet/kube';
import { expect, it } from 'vitest';
import { containerLogsOf } from './container-log.ts';
import { podKind, type ContainerStatus } from './pod.ts';

const about = { name: 'server', image: '', imageID: '', ready: false, restartCount: 0 };

function pod(status?: Partial<ContainerStatus>, containers = ['server']): Pod {
  return {
    ...podKind,
    metadata: { namespace: 'shop', name: 'orders-shard-0-1', uid: 'u1' },
    spec: { containers: containers.map((name) => ({ name })) },
    status: status ? { containerStatuses: [{ ...about, ...status }] } : {},
  };
}

const crashed = { terminated: { exitCode: 1, containerID: 'c1' } };

it('names the pod, and the container where there are several', () => {
  expect(containerLogsOf(pod({}, ['server', 'exporter']))).toMatchObject([
    { name: 'orders-shard-0-1/server', key: 'u1/server', namespace: 'shop' },
    { name: 'orders-shard-0-1/exporter', key: 'u1/exporter' },
  ]);
  expect(containerLogsOf(pod())).toMatchObject([{ name: 'orders-shard-0-1', container: 'server' }]);
});

it.each<[string, Partial<ContainerStatus> | undefined, object]>([
  ['without a status', undefined, { life: '', isRunning: false, note: 'has no log yet: Pending' }],
  [
    'that waits for its first start',
    { state: { waiting: { reason: 'ErrImagePull' } } },
    { life: '', isRunning: false, note: 'has no log yet: ErrImagePull' },
  ],
  [
    'that runs',
    { state: { running: {} }, containerID: 'c1' },
    { life: 'c1', isRunning: true, hasPrevious: false, note: null },
  ],
  ['that ended', { state: crashed }, { life: 'c1', isRunning: false, note: null }],
  [
    'that runs again',
    { state: { running: {} }, lastState: crashed, containerID: 'c2', restartCount: 1 },
    {
      life: 'c2',
      isRunning: true,
      hasPrevious: true,
      note: 'restarted once, it ended with exit code 1; --previous shows the log before',
    },
  ],
  [
    'in a crash loop',
    {
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: crashed,
      restartCount: 4,
    },
    {
      life: 'c1',
      isRunning: false,
      hasPrevious: true,
      note: 'restarted 4 times, it ended with exit code 1 (CrashLoopBackOff)',
    },
  ],
])('knows a container %s', (_name, status, want) => {
  expect(containerLogsOf(pod(status))).toMatchObject([want]);
});
