import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shardPassword } from '@keyfleet/runtime';
import { temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { shardConfigMap, shardSecret } from './server-files.ts';
import { placeOf } from './testing/place-of.ts';

const place = placeOf({ replicasPerShard: 2 });
const files = shardConfigMap(place, 'shard-7').data ?? {};

function secretTexts(shard: string): Record<string, string> {
  const data = shardSecret(place, shard, 'a secret').data ?? {};
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text ?? '', 'base64').toString()]),
  );
}

describe('shardConfigMap', () => {
  it('has a configuration for each server, named after cluster and node', () => {
    expect(Object.keys(files).filter((name) => name.endsWith('.conf'))).toEqual([
      'team-a.orders.shard-7-0.conf',
      'team-a.orders.shard-7-1.conf',
      'team-a.orders.shard-7-2.conf',
    ]);
  });

  it('has no password', () => {
    expect(JSON.stringify(files)).not.toContain(shardPassword('a secret', 'shard-7'));
  });
});

describe('shardSecret', () => {
  it('has the password of that shard, for the server and for its probe', () => {
    const password = shardPassword('a secret', 'shard-7');
    expect(secretTexts('shard-7')).toEqual({
      'credentials.conf': `requirepass ${password}\nmasterauth ${password}\n`,
      password,
    });
    expect(secretTexts('shard-8')['password']).not.toBe(password);
  });
});

/** Runs the readiness probe with a client that is told by a server what these words are. */
async function probe(reply: string): Promise<string> {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'password'), 'p');
  const client = `#!/bin/sh\n[ "$REDISCLI_AUTH $*" = 'p -h 127.0.0.1 -p 6379 ping' ] && echo "${reply}"\n`;
  await writeFile(join(directory.path, 'redis-cli'), client, { mode: 0o755 });
  const script = files['ready.sh']!.replaceAll('/etc/keyfleet/credentials', directory.path);
  const env = { PATH: `${directory.path}:/usr/bin:/bin` };
  const { status, stdout } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });
  return status === 0 ? 'ready' : stdout.trim();
}

/** Word for word what redis-cli prints, 7.0 and 8.0. */
describe('the readiness probe', () => {
  it.each([
    'PONG',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  ])('takes %j for ready', async (reply) => {
    expect(await probe(reply)).toBe('ready');
  });

  it.each([
    'LOADING Redis is loading the dataset in memory',
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    'NOAUTH Authentication required.',
    'ERR max number of clients reached',
    'Could not connect to Redis at 127.0.0.1:6379: Connection refused',
  ])('is not ready with %j, and says so', async (reply) => {
    expect(await probe(reply)).toBe(reply);
  });
});
