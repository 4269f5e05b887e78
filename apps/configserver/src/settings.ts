import { z } from 'zod';
import { integer, list, logLevels, oneOf, port, setting, text, url } from '@keyfleet/runtime';

const optionalUrl = { ...url, type: z.union([z.literal(''), url.type]) };

export const settings = {
  bind: setting(text, '127.0.0.1', 'Address to listen on.'),
  apiPort: setting(port, '7400', 'Port of the HTTP API.'),
  etcd: setting(
    list(url),
    '',
    'etcd members; empty: the embedded store, which only a single configserver may open.',
  ),
  store: setting(text, '.keyfleet/store.db', 'File of the embedded store.'),
  proxyLeaseMs: setting(
    integer(500, 60_000),
    '3000',
    'How long a proxy serves after its last renewal; it renews every third.',
  ),
  // A proxy has at least two thirds of its lease left when a leader dies: with 2 s the next leader answers in time.
  leaderTtlSeconds: setting(
    integer(2, 60),
    '2',
    "Lease of the leader: how long nobody leads after a leader's death.",
  ),
  tickMs: setting(integer(50, 10_000), '500', 'How often every server is looked at.'),
  advertiseUrl: setting(
    optionalUrl,
    '',
    'Where other configservers reach this one; empty: http://bind:apiPort.',
  ),
  logLevel: setting(oneOf(...logLevels), 'info', 'Least level that is logged.'),
};
