import { describe, expect, it } from 'vitest';
import { parseReplication, zoneIn } from './replication-info.ts';

const primary = '# Replication\r\nrole:master\r\nconnected_slaves:1\r\nmaster_repl_offset:140\r\n';
const replica =
  'role:slave\r\nmaster_link_status:up\r\nmaster_sync_in_progress:0\r\nslave_repl_offset:126\r\nmaster_repl_offset:140\r\n';

describe('INFO replication', () => {
  it.each([
    ['a primary', primary, { isReplica: false, isLinked: false, offset: 140 }],
    ['a replica', replica, { isReplica: true, isLinked: true, offset: 126 }],
    [
      'one whose link is down',
      replica.replace(':up', ':down'),
      { isReplica: true, isLinked: false, offset: 126 },
    ],
    [
      'one that copies',
      replica.replace('progress:0', 'progress:1'),
      { isReplica: true, isLinked: false, offset: 126 },
    ],
    ['an error', "-NOPERM User app has no permissions to run 'info'\r\n", null],
  ])('of %s', (_, text, info) => expect(parseReplication(text)).toEqual(info));
});

it.each([
  ['availability_zone:use1-az1\r\n', 'use1-az1'],
  ['availability_zone:\r\nlistener0:name=tcp\r\n', ''],
  ['redis_version:7.0.15\r\n', ''],
])('the zone in %j is %j', (text, zone) => expect(zoneIn(text)).toBe(zone));
