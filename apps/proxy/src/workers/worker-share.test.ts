import { loadSettings } from '@keyfleet/runtime';
import { expect, it } from 'vitest';
import { proxySettings } from '../settings.ts';
import { clientsOfOneMax, shareOf } from './worker-share.ts';

const settingsOf = (flags: string[]) =>
  loadSettings(proxySettings, { argv: ['--configserver', 'http://none:1', ...flags], env: {} });

it('a worker has its part of what limits the proxy, and all the rest', () => {
  const totals = {
    'hold-queue-max': 8,
    'hold-queue-bytes-max': 100,
    'max-memory': 1000,
    'private-connections-max': 5,
    'subscriptions-max': 9,
    'tracking-bytes-max': 2_000_000,
    'tracking-noloop-max': 10,
    'watch-connections-max': 7,
  };
  const flags = Object.entries(totals).map(([name, total]) => `--${name}=${total}`);
  const settings = settingsOf(['--workers', '4', ...flags]);
  expect(shareOf(settings)).toEqual({
    ...settings,
    holdQueueMax: 2,
    holdQueueBytesMax: 25,
    maxMemory: 250,
    privateConnectionsMax: 2,
    subscriptionsMax: 3,
    trackingBytesMax: 500_000,
    trackingNoloopMax: 3,
    watchConnectionsMax: 2,
  });
});

it('a process takes its part of the clients', () => {
  expect(clientsOfOneMax(settingsOf(['--clients-max', '10']))).toBe(10);
  expect(clientsOfOneMax(settingsOf(['--workers', '4', '--clients-max', '10']))).toBe(3);
});
