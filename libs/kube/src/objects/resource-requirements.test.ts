import { describe, expect, it } from 'vitest';
import { proxyResources, serverResources } from './resource-requirements.ts';
import { placeOf } from './testing/place-of.ts';

const gigabyte = { memory: '1Gi' };

describe('serverResources', () => {
  it.each([
    ['requests what an empty server takes', {}, { cpu: '100m', memory: '128Mi' }, {}],
    ['adds what it may hold', { maxMemory: '1Gi' }, { cpu: '100m', memory: '1152Mi' }, {}],
    ['rounds up', { maxMemory: '1000000' }, { cpu: '100m', memory: '129Mi' }, {}],
    [
      'lets the manifest decide',
      { maxMemory: '1Gi', resources: { requests: { cpu: '2', memory: '3Gi' } } },
      { cpu: '2', memory: '3Gi' },
      {},
    ],
    [
      'requests nothing of ours where there is a limit',
      { resources: { limits: gigabyte } },
      { cpu: '100m' },
      gigabyte,
    ],
  ])('%s', (_what, spec, requests, limits) =>
    expect(serverResources(placeOf(spec).spec)).toEqual({ requests, limits }),
  );
});

describe('proxyResources', () => {
  it.each([
    ['is small', {}, { cpu: '100m', memory: '128Mi' }],
    [
      'is what a busy proxy takes, for the autoscaler counts in percent of it',
      { autoscaling: { maxReplicas: 3 } },
      { cpu: '500m', memory: '128Mi' },
    ],
    [
      'lets the manifest decide',
      { autoscaling: { maxReplicas: 3 }, resources: { requests: { cpu: '1' } } },
      { cpu: '1', memory: '128Mi' },
    ],
  ])('%s', (_what, proxy, requests) =>
    expect(proxyResources(placeOf({ proxy }).spec).requests).toEqual(requests),
  );
});
