import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, openLog } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyfleet-log-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const pathOf = (name: string) => join(directory, name);

/** The messages that a file has. */
function messages(name: string): string[] {
  const lines = readFileSync(pathOf(name), 'utf8').trim().split('\n');
  return lines.filter(Boolean).map((line) => (JSON.parse(line) as { msg: string }).msg);
}

describe('a log file', () => {
  it('gets lines, after those that it has', () => {
    for (const message of ['one', 'two'])
      openLog('x', { level: 'info', file: pathOf('a') }).logger.info(message);
    expect(messages('a')).toEqual(['one', 'two']);
  });

  it('is left for a new one of its name when it was moved away', () => {
    const log = openLog('x', { level: 'info', file: pathOf('a') });
    log.logger.info('before');
    renameSync(pathOf('a'), pathOf('a.1'));
    log.logger.info('between');
    log.reopen();
    log.logger.info('after');
    expect([messages('a.1'), messages('a')]).toEqual([['before', 'between'], ['after']]);
  });

  it('is changed for another', () => {
    const log = openLog('x', { level: 'info', file: pathOf('a') });
    log.logger.info('one');
    log.set({ level: 'info', file: pathOf('b') });
    log.logger.info('two');
    expect([messages('a'), messages('b')]).toEqual([['one'], ['two']]);
    expect(log.target).toEqual({ level: 'info', file: pathOf('b') });
  });

  it('that cannot be written is a mistake, and the one before goes on', () => {
    const wrong = pathOf('none/a');
    expect(() => openLog('x', { level: 'info', file: wrong })).toThrow(ConfigError);
    const log = openLog('x', { level: 'info', file: pathOf('a') });
    expect(() => log.check({ level: 'debug', file: wrong })).toThrow(/--log-file {2}cannot open/);
    expect(() => log.set({ level: 'debug', file: wrong })).toThrow(/--log-file {2}cannot open/);
    log.logger.info('still');
    expect(messages('a')).toEqual(['still']);
    expect(log.target).toEqual({ level: 'info', file: pathOf('a') });
  });
});

it('changes its level, that of its children, and of theirs', () => {
  const file = pathOf('a');
  const log = openLog('x', { level: 'info', file });
  const child = log.logger.child({ worker: 1 });
  const grandchild = child.child({ shard: 's' });
  const all = [log.logger, child, grandchild];
  for (const logger of all) logger.debug('early');
  log.set({ level: 'debug', file });
  for (const logger of all) logger.debug('late');
  log.set({ level: 'silent', file });
  for (const logger of all) logger.fatal('never');
  expect(messages('a')).toEqual(['late', 'late', 'late']);
});
