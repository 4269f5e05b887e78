import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { DataDirectoryError, describeFileError, ensureDirectory } from './directory.ts';
import { readPlatform } from './platform-file.ts';

describe('ensureDirectory', () => {
  it('makes every level that is missing, and leaves what is there', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'a/b/c');
    ensureDirectory(path);
    ensureDirectory(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it('refuses a file, as the directory and as a level above it', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'a/b')])
      expect(() => ensureDirectory(path)).toThrow(`Cannot use ${file}: it is a file`);
    expect(() => readPlatform(file)).toThrow(`Cannot use ${file}: it is a file, want a directory`);
  });

  it.runIf(existsSync('/proc/self'))('ends where the system takes no directories', () => {
    expect(() => ensureDirectory('/proc/foo/bar')).toThrow(DataDirectoryError);
    expect(() => ensureDirectory('/proc/foo/bar')).toThrow(
      'Cannot make the directory /proc/foo: /proc takes none, want another place',
    );
  });
});

it.each([
  [{ code: 'EACCES' }, 'not permitted'],
  [{ code: 'EWEIRD' }, 'the system says EWEIRD'],
])('says of %j what it means', (error, want) => expect(describeFileError(error)).toBe(want));
