import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, createLogger } from '@keyfleet/runtime';
import { temporaryDirectory } from '@keyfleet/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserList } from './user-list.ts';

const log = createLogger('test', 'silent');
const app = { name: 'app', cluster: 'a', password: 'secret' };

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

describe('users of a listener', () => {
  it('are who they are by name and password together', async () => {
    const users = await UserList.open([app, { ...app, name: 'web', password: 'other' }], log);
    expect(users.find('app', 'secret')).toEqual({ name: 'app', cluster: 'a' });
    expect(users.find('app', 'other')).toBeNull();
    expect(users.find('app', '')).toBeNull();
    expect(users.find('nobody', 'secret')).toBeNull();
    expect(users.has('web')).toBe(true);
    expect(users.has('nobody')).toBe(false);
  });

  it('have the password that is in their file, and keep it while that cannot be read', async () => {
    const passwordFile = join(directory.path, 'web');
    writeFileSync(passwordFile, 'first\r\n');
    const users = await UserList.open([{ name: 'web', cluster: 'b', passwordFile }], log);
    expect(users.find('web', 'first')).toEqual({ name: 'web', cluster: 'b' });
    writeFileSync(passwordFile, 'second');
    await users.refresh();
    expect(users.find('web', 'first')).toBeNull();
    expect(users.find('web', 'second')).not.toBeNull();
    writeFileSync(passwordFile, '');
    await users.refresh();
    expect(users.find('web', 'second')).not.toBeNull();
    expect(users.find('web', '')).toBeNull();
  });

  it('are others after a reload, for all who hold the list', async () => {
    const users = await UserList.open([app], log);
    users.become(await UserList.open([{ ...app, name: 'new' }], log));
    expect(users.find('app', 'secret')).toBeNull();
    expect(users.find('new', 'secret')).not.toBeNull();
  });

  it('are a mistake where a password cannot be read, all of them at once', async () => {
    const files = ['nowhere', '.'].map((name) => join(directory.path, name));
    const configs = files.map((passwordFile, at) => ({
      name: `u${at}`,
      cluster: 'a',
      passwordFile,
    }));
    const failure = await UserList.open(configs, log).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect((failure as ConfigError).mistakes).toEqual([
      expect.stringContaining('user u0'),
      expect.stringContaining('user u1'),
    ]);
  });
});
