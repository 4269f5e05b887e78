/** Redis has two names for many settings: the second one of what we decide must be denied, too. */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freeAddress, startRedis, temporaryDirectory } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { deniedConfigKeys, isDeniedConfigKey } from './denied-config.ts';
import { ClusterSpec } from './manifest.ts';
import { serverConfig } from './server-config.ts';

/** Every setting of a server, as it tells it. */
type Settings = ReadonlyMap<string, string>;

const place = { bind: '127.0.0.1', port: 6379, dataDir: '/', announceIp: '127.0.0.1' };
const spec = ClusterSpec.parse({ maxMemory: '64Mi' });
const setByUs = serverConfig(spec, place)
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' ')[0]!);

/** One more name each, or none; a server does not start with another value, and the manual knows no alias. */
const untried = ['aclfile', 'daemonize', 'supervised', 'tls-port'];

/** Another value than a server has by itself. */
const another: Readonly<Record<string, string>> = {
  appenddirname: 'other-directory',
  appendfilename: 'other.aof',
  appendonly: 'yes',
  'bind-source-addr': '127.0.0.1',
  'client-output-buffer-limit': 'pubsub 33mb 3mb 33',
  dbfilename: 'other.rdb',
  masterauth: 'other',
  masteruser: 'other',
  maxmemory: '67108864',
  'maxmemory-policy': 'allkeys-lru',
  primaryauth: 'other',
  primaryuser: 'other',
  'protected-mode': 'no',
  'repl-backlog-size': '33mb',
  'repl-backlog-ttl': '33',
  'repl-diskless-sync-delay': '33',
  'replica-announce-ip': '127.0.0.1',
  'replica-announce-port': '33',
  'replica-read-only': 'no',
  'replica-serve-stale-data': 'no',
  replicaof: '127.0.0.1 1',
  requirepass: 'other',
  save: '33 33',
  'shutdown-timeout': '33',
  'tcp-keepalive': '33',
};

/** Those that depend on the directory of the server or on its address. */
const local = ['bind', 'dir', 'logfile', 'pidfile', 'port', 'unixsocket'];

async function settingsOf(config: Readonly<Record<string, string>>): Promise<Settings> {
  await using directory = await temporaryDirectory();
  const address = await freeAddress();
  const { path } = directory;
  const own = { bind: address.host, port: String(address.port), dir: path };
  const files = { pidfile: join(path, 'pid'), unixsocket: join(path, 'socket') };
  const configFile = join(path, 'redis.conf');
  const logfile = join(path, 'log');
  const lines = Object.entries({ ...own, ...files, logfile, ...config });
  await writeFile(configFile, lines.map(([key, value]) => `${key} ${value}\n`).join(''));
  await using server = await startRedis({ address, configFile });
  return await readSettings(server, config['requirepass']);
}

async function readSettings(
  { host, port }: { host: string; port: number },
  password: string | undefined,
): Promise<Settings> {
  const socket = connect({ host, port });
  socket.end(`${password === undefined ? '' : `AUTH ${password}\r\n`}CONFIG GET *\r\n`);
  const texts: string[] = [];
  for await (const line of createInterface({ input: socket })) {
    // A length stands before each text; `save` is the only one that may have several lines, and has not here.
    if (!/^[$*+]/.test(line)) texts.push(line);
  }
  return new Map(texts.flatMap((text, at) => (at % 2 === 0 ? [[text, texts[at + 1]!]] : [])));
}

describe('what Keyfleet decides', () => {
  it('has no other name that a user may set', async () => {
    const before = await settingsOf({});
    const known = Object.entries(another).filter(([key]) => before.has(key));
    const after = await settingsOf(Object.fromEntries(known));
    const changed = [...after.keys()].filter((key) => after.get(key) !== before.get(key));
    // Else nothing was tried.
    expect(changed).toEqual(expect.arrayContaining(known.map(([key]) => key)));
    expect(changed).toContain('slave-read-only');
    expect(changed.filter((key) => !isDeniedConfigKey(key) && !setByUs.includes(key))).toEqual([]);
  });

  it('is tried in full', async () => {
    const names = await settingsOf({});
    const tried = new Set([...Object.keys(another), ...local, ...untried]);
    const wanted = [...deniedConfigKeys, ...setByUs].filter((key) => names.has(key));
    expect(wanted.filter((key) => !tried.has(key))).toEqual([]);
  });

  it.each(['slaveof', 'slave-serve-stale-data', 'slave-announce-port', 'cluster-enabled'])(
    'is denied as %s',
    (key) => expect(isDeniedConfigKey(key)).toBe(true),
  );

  it.each(['replica-priority', 'min-slaves-to-write', 'hz'])('is not %s', (key) =>
    expect(isDeniedConfigKey(key)).toBe(false),
  );
});
