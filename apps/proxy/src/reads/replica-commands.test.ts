import { commandNamed } from '@keyfleet/commands';
import { expect, it } from 'vitest';
import { isForReplicas } from './replica-commands.ts';

it.each([
  'get',
  'mget',
  'exists',
  'strlen',
  'getrange',
  'ttl',
  'type',
  'hgetall',
  'lrange',
  'zrange',
  'xrange',
  'xinfo|stream',
  'sort_ro',
  'georadius_ro',
  'geosearch',
  'bitfield_ro',
  'sinter',
  'dump',
])('%s may be answered by a replica', (name) =>
  // prettier-ignore
  expect(isForReplicas(commandNamed(name)!)).toBe(true),
);

it.each([
  'set',
  'getdel',
  'getex',
  'bitfield',
  'georadius',
  'sort',
  'pfadd',
  'xreadgroup',
  'hscan',
  'sscan',
  'zscan',
  'touch',
  'object|freq',
  'object|idletime',
  'object|encoding',
  'memory|usage',
  'pfcount',
  'eval_ro',
  'evalsha_ro',
  'fcall_ro',
  'xread',
  'scan',
  'keys',
  'dbsize',
  'watch',
  'exec',
  'ping',
])('%s is for the primary', (name) =>
  // prettier-ignore
  expect(isForReplicas(commandNamed(name)!)).toBe(false),
);
