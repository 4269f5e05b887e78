import { expect, it } from 'vitest';
import { notRunning, portOf } from './find-configservers.ts';
import { podKind } from './pod.ts';

const pod = {
  ...podKind,
  metadata: { name: 'configserver-x' },
  spec: {
    containers: [
      { name: 'sidecar' },
      { name: 'configserver', ports: [{ name: 'api', containerPort: 7401 }] },
    ],
  },
};

it.each<[string, number | string | undefined, number]>([
  ['as a number', 7402, 7402],
  ['by its name', 'api', 7401],
  ['not at all', undefined, 7400],
])('finds the port that a Service gives %s', (_name, targetPort, want) => {
  const port = targetPort === undefined ? { port: 7400 } : { port: 7400, targetPort };
  const metadata = { name: 'keyfleet-configserver' };
  const spec = { ports: [{ port: 9000, targetPort: 1 }, port] };
  expect(portOf({ apiVersion: 'v1', kind: 'Service', metadata, spec }, pod)).toBe(want);
});

it.each([
  [[], 'in the namespace keyfleet-system: the Service keyfleet-configserver has no pods'],
  [['a cannot start'], 'in the namespace keyfleet-system: a cannot start'],
  [
    ['a cannot start', 'b is being created'],
    'in the namespace keyfleet-system:\n  a cannot start\n  b is being created',
  ],
])('says of %j why none answers', (pods, want) => {
  expect(notRunning('keyfleet-system', pods)).toBe(`The configserver is not running ${want}`);
});
