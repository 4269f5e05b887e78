import { writeFile, readFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, type TemporaryDirectory } from '@keyfleet/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { PasswordCommand } from './password-command.ts';

let directory: TemporaryDirectory;
let clock: VirtualClock;

beforeEach(async () => {
  directory = await temporaryDirectory();
  clock = new VirtualClock();
});
afterEach(() => directory[Symbol.asyncDispose]());

/** A program that does `script`, and counts how often it was called. */
async function commandOf(script: string, options: { timeoutMs?: number } = {}) {
  const program = join(directory.path, 'token');
  const calls = join(directory.path, 'calls');
  await writeFile(calls, '');
  await writeFile(program, `#!/bin/sh\necho x >> ${calls}\n${script}\n`);
  await chmod(program, 0o755);
  const command = `${program} for  orders`;
  return {
    source: new PasswordCommand({ user: 'app', command, keepMs: 60_000, clock, ...options }),
    calls: async () => (await readFile(calls, 'utf8')).split('x').length - 1,
    file: (name: string) => join(directory.path, name),
  };
}

describe('a password command', () => {
  it('is given its arguments, and its first word is the password', async () => {
    const { source } = await commandOf('echo "$1-$2"');
    expect(await source.read()).toEqual({ user: 'app', password: 'for-orders' });
  });

  it('is called once for many connections, and again when its time is over', async () => {
    const { source, calls } = await commandOf('cat "$0.n" 2>/dev/null; echo first');
    await Promise.all([source.read(), source.read(), source.read()]);
    await source.read();
    expect(await calls()).toBe(1);
    await clock.advance(60_000);
    await source.read();
    expect(await calls()).toBe(2);
  });

  it('is called again for what a server refused, but not at every attempt', async () => {
    const { source, calls } = await commandOf('echo same');
    const refused = await source.read();
    source.refuse(refused);
    await source.read();
    expect(await calls()).toBe(1);
    await clock.advance(1000);
    await source.read();
    await source.read();
    expect(await calls()).toBe(2);
  });

  it('keeps what it said while it fails', async () => {
    const { source, calls, file } = await commandOf('test -e "$0.broken" && exit 3; echo good');
    await source.read();
    await writeFile(file('token.broken'), '');
    await clock.advance(60_000);
    expect((await source.read()).password).toBe('good');
    expect(await calls()).toBe(2);
  });

  it.each([
    [
      'fails',
      'echo secret; echo secret >&2; exit 3',
      /^Cannot run .*: it ended with code 3, want 0$/,
    ],
    ['says nothing', 'echo', /it said nothing, want a password$/],
    ['says too much', 'yes secret', /it said more than 65536 bytes, want a password$/],
    ['hangs', 'echo secret; exec sleep 60', /it did not end in 300 ms$/],
  ])('that %s is an error that shows nothing', async (_name, script, message) => {
    const { source } = await commandOf(script, { timeoutMs: 300 });
    const error: unknown = await source.read().catch((thrown: unknown) => thrown);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('secret');
  });

  it('that is not there is an error', async () => {
    const options = { user: '', command: '/nowhere/token', keepMs: 1, clock };
    await expect(new PasswordCommand(options).read()).rejects.toThrow('the system says ENOENT');
  });
});
