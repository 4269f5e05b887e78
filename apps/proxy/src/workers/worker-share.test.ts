import { loadSettings } from '@keyfleet/runtime';
import { expect, it } from 'vitest';
import { proxySettings } from '../settings.ts';
import { shareOf } from './worker-share.ts';

const settingsOf = (flags: string[]) =>
  loadSettings(proxySettings, { argv: ['--configserver', 'http://none:1', ...flags], env: {} });

it('a worker has its part of what limits the proxy, and all the rest', () => {
  const totals = {
    'clients-max': 10,
    'hold-queue-max': 8,
    'hold-queue-bytes-max': 100,
    'max-memory': 1000,
    'private-connections-max': 5,
    'subscriptions-max': 9,
    'tracking-bytes-max': 2_000_000,
    'tracking-noloop-max': 10,
  };
  const flags = Object.entries(totals).map(([name, total]) => `--${name}=${total}`);
  const settings = settingsOf(['--workers', '4', ...flags]);
  expect(shareOf(settings)).toEqual({
    ...settings,
    clientsMax: 3,
    holdQueueMax: 2,
    holdQueueBytesMax: 25,
    maxMemory: 250,
    privateConnectionsMax: 2,
    subscriptionsMax: 3,
    trackingBytesMax: 500_000,
    trackingNoloopMax: 3,
  });
});
