import { closeSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import { temporaryDirectory } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { boundLog, logPath, openLog } from './log-files.ts';

it('moves a log that is too long aside, while its writer goes on', async () => {
  await using directory = await temporaryDirectory();
  const log = openLog(directory.path, 'a');
  const path = logPath(directory.path, 'a');
  writeSync(log, 'first\n');
  boundLog(directory.path, 'a');
  expect(readFileSync(path, 'utf8')).toBe('first\n');

  truncateSync(path, 9 * 2 ** 20);
  boundLog(directory.path, 'a');
  writeSync(log, 'second\n');
  closeSync(log);
  expect(readFileSync(path, 'utf8')).toBe('second\n');
  expect(statSync(`${path}.1`).size).toBe(9 * 2 ** 20);
});
