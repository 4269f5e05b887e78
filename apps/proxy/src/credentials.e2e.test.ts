/** Servers that ask for a password: what the proxy does with the cluster's secret, at the start and when it changes. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, loadSettings, shardPassword } from '@keyfleet/runtime';
import { temporaryDirectory, type ServerProcess } from '@keyfleet/testkit';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { proxySettings } from './settings.ts';
import { eventually } from './testing/eventually.ts';
import {
  startProxyUnderTest,
  startQuietProxy,
  type ProxyUnderTest,
} from './testing/proxy-under-test.ts';

const SECRET = 'the first secret of this cluster';
const SECOND = 'the second secret of this cluster';
const passwordOf = (secret: string) => shardPassword(secret, 'shard-0');

const isReady = (under: ProxyUnderTest) =>
  eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);

async function start(): Promise<ProxyUnderTest> {
  const under = await startProxyUnderTest({
    shards: 1,
    secret: SECRET,
    leaseMs: 6000,
    flags: { 'hold-queue-ms': '300' },
  });
  await isReady(under);
  return under;
}

/** The server asks for another password from now on, of those who are connected too. */
async function changePassword(server: ServerProcess, from: string, to: string): Promise<void> {
  const { host, port } = server;
  const control = new Redis({ host, port, password: passwordOf(from) });
  await control.config('SET', 'requirepass', to === '' ? '' : passwordOf(to));
  await control.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  control.disconnect();
}

const answerOf = (command: Promise<unknown>): Promise<string> => command.then(String, String);

/** Every text about trouble that the configserver was told. */
const reported = (under: ProxyUnderTest): string[] =>
  under.configserver.renewals.flatMap(({ errors }) => errors.map(({ last }) => last));

describe('servers with a password', () => {
  it('serve through the proxy, each shard with its own, in both protocol versions', async () => {
    await using under = await startProxyUnderTest({ shards: 3, secret: SECRET });
    await isReady(under);
    const client = under.client();
    expect(await client.mset('a', '1', 'b', '2', 'c', '3')).toBe('OK');
    await client.call('HELLO', '3');
    expect(await client.mget('c', 'b', 'a')).toEqual(['3', '2', '1']);
  });

  it('that changes: it is read at the next connection, and what is connected goes on', async () => {
    await using under = await start();
    const client = under.client();
    await client.set('k', 'first');
    await writeFile(under.secretFile, SECOND);
    expect(await client.set('k', 'v')).toBe('OK');
    await changePassword(under.servers[0]!, SECRET, SECOND);
    expect(await under.client().get('k')).toBe('v');
  });

  it('that is not theirs: clients, log and configserver hear of it, and nobody hears the password', async () => {
    await using under = await start();
    await changePassword(under.servers[0]!, SECRET, SECOND);
    const answer = await answerOf(under.client().set('k', 'v'));
    expect(answer).toMatch(/CLUSTERDOWN .* shard-0-0 answered AUTH with "WRONGPASS/);
    await eventually(() => reported(under).some((text) => text.includes('WRONGPASS')));
    expect([answer, ...reported(under)].join()).not.toContain(passwordOf(SECRET));

    await writeFile(under.secretFile, SECOND);
    await isReady(under);
    expect(await under.client().set('k', 'v')).toBe('OK');
  });

  it('that they do not ask for: they are others than they should be', async () => {
    await using under = await start();
    await changePassword(under.servers[0]!, SECRET, '');
    expect(await answerOf(under.client().get('k'))).toMatch(
      /answered AUTH with "ERR .*without any/,
    );
  });

  it('whose file is away for a while: connections wait for it', async () => {
    await using under = await start();
    const client = under.client();
    await client.set('k', 'first');
    await rename(under.secretFile, `${under.secretFile}.away`);
    expect(await client.set('k', 'v')).toBe('OK');
    await changePassword(under.servers[0]!, SECRET, SECRET);
    const answer = await answerOf(under.client().get('k'));
    expect(answer).toMatch(/CLUSTERDOWN .* Cannot read the secret .*: the system says ENOENT/);
    await rename(`${under.secretFile}.away`, under.secretFile);
    await isReady(under);
    expect(await under.client().get('k')).toBe('v');
  });

  it('that the proxy does not know are not served from', async () => {
    await using under = await startProxyUnderTest({
      shards: 1,
      secret: SECRET,
      flags: { 'secret-file': '', 'hold-queue-ms': '200' },
    });
    expect(await answerOf(under.client().get('k'))).toMatch(/answered \w+ with "NOAUTH/);
  });
});

describe('a secret file that is of no use at the start', () => {
  it.each<[string, (directory: string) => Promise<string>, RegExp]>([
    [
      'not there',
      (directory) => Promise.resolve(join(directory, 'none')),
      /says ENOENT, want a file/,
    ],
    ['a directory', (directory) => Promise.resolve(directory), /it is no file/],
    ['empty', (directory) => written(directory, '\n'), /it has 0 characters, want at least 32/],
    [
      'longer than any secret',
      (directory) => written(directory, 'x'.repeat(5000)),
      /longer than 4096/,
    ],
  ])('%s: a configuration mistake', async (_name, make, want) => {
    await using directory = await temporaryDirectory();
    const path = await make(directory.path);
    const argv = ['--configserver', 'http://127.0.0.1:1', '--secret-file', path];
    const settings = loadSettings(proxySettings, { argv, env: {} });
    const failure = await startQuietProxy(settings).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ConfigError);
    expect((failure as ConfigError).message).toMatch(want);
  });
});

async function written(directory: string, text: string): Promise<string> {
  const path = join(directory, 'secret');
  await writeFile(path, text);
  return path;
}
