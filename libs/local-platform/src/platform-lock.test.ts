import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { supervisorOf, takeLock } from './platform-lock.ts';
import { markOf } from './process-mark.ts';

it('is held by one, and free after its release', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'new');
  expect(supervisorOf(dataDir)).toBeNull();
  const lock = takeLock(dataDir)!;
  expect(supervisorOf(dataDir)).toEqual(markOf(process.pid));
  expect(takeLock(dataDir)).toBeNull();
  lock.release();
  expect(supervisorOf(dataDir)).toBeNull();
  expect(takeLock(dataDir)).not.toBeNull();
});

it.each([
  ['of a process that is gone', JSON.stringify({ pid: process.pid, started: 'earlier' })],
  ['that is garbage', '{"pid":'],
])('is taken over when it is one %s', async (_name, content) => {
  await using directory = await temporaryDirectory();
  writeFileSync(join(directory.path, 'lock'), content);
  expect(supervisorOf(directory.path)).toBeNull();
  expect(takeLock(directory.path)).not.toBeNull();
  expect(supervisorOf(directory.path)).toEqual(markOf(process.pid));
  expect(readdirSync(directory.path)).toEqual(['lock']);
});
