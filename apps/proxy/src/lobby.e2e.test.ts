/** A listener that asks who comes: nothing before AUTH, and everything behind it at the cluster of that user. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { LineClient } from './testing/line-client.ts';
import { clustersField, startSharedProxy, type SharedProxy } from './testing/shared-proxy.ts';
import { talk } from './testing/talk.ts';

const NOAUTH = '-NOAUTH Authentication required.\r\n';
const WRONGPASS = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';

const start = (process: object = {}): Promise<SharedProxy> =>
  startSharedProxy(2, ({ clusters, directory }) => {
    const passwordFile = join(directory, 'web');
    writeFileSync(passwordFile, 'first\n');
    const users = [
      { name: 'app', password: 'secret', cluster: 'a' },
      { name: 'other', password: 'secret2', cluster: 'a' },
      { name: 'default', password: 'plain', cluster: 'a' },
      { name: 'web', passwordFile, cluster: 'b' },
    ];
    return { ...process, listeners: [{ port: 0, users }], clusters: clustersField(clusters) };
  });

describe('before AUTH', () => {
  it('nothing but who one is can be said', async () => {
    await using shared = await start();
    const answer = await talk(shared.at(0), ['GET k', 'PING', 'HELLO 3', 'AUTH app wrong']);
    expect(answer).toBe(
      `${NOAUTH}${NOAUTH}-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n${WRONGPASS}+OK\r\n`,
    );
    const metrics = await (await shared.admin('/metrics')).text();
    expect(metrics).toContain('keyfleet_proxy_wrong_passwords_total 1');
  });

  it('a request that is too long for it ends the connection', async () => {
    await using shared = await start();
    const client = new LineClient(shared.at(0));
    client.say('*11', '$3', 'GET');
    await client.hears('-ERR Protocol error: invalid multibulk length');
    await eventually(() => client.socket.destroyed);
  });
});

describe.each([
  ['one process', {}],
  ['two workers', { workers: 2 }],
])('AUTH at %s', (_name, process) => {
  it('leads to the cluster of the user, with all that was sent behind it', async () => {
    await using shared = await start(process);
    const [toA, toB] = await Promise.all([
      talk(shared.at(0), ['AUTH app secret', 'SET k a', 'GET k', 'ACL WHOAMI']),
      talk(shared.at(0), ['GET k', 'AUTH web first', 'SET k b', 'GET k', 'ACL WHOAMI']),
    ]);
    expect(toA).toBe('+OK\r\n+OK\r\n$1\r\na\r\n$3\r\napp\r\n+OK\r\n');
    expect(toB).toBe(`${NOAUTH}+OK\r\n+OK\r\n$1\r\nb\r\n$3\r\nweb\r\n+OK\r\n`);
    expect(await talk(shared.at(0), ['AUTH plain', 'GET k', 'ACL WHOAMI'])).toBe(
      '+OK\r\n$1\r\na\r\n$7\r\ndefault\r\n+OK\r\n',
    );
  });

  it('may come inside HELLO, and a byte at a time', async () => {
    await using shared = await start(process);
    const client = new LineClient(shared.at(0));
    for (const byte of 'HELLO 3 AUTH app secret SETNAME me\r\nCLIENT INFO\r\n') {
      client.socket.write(byte);
      await new Promise(setImmediate);
    }
    await client.hears(' user=app ');
    expect(client.heard).toMatch(/^%7\r\n/);
    expect(client.heard).toContain(' name=me ');
    client.close();
  });

  it('as another user of the cluster is fine, as one of another cluster is not', async () => {
    await using shared = await start(process);
    const client = new LineClient(shared.at(0));
    expect(await client.ask('AUTH app secret', 'AUTH other secret2', 'ACL WHOAMI')).toBe(
      '+OK\r\n+OK\r\n$5\r\nother\r\n',
    );
    expect(await client.ask('AUTH web first', 'AUTH app wrong', 'ACL WHOAMI')).toBe(
      `-ERR user 'web' is of another cluster than this connection: reconnect to authenticate as it\r\n${WRONGPASS}$5\r\nother\r\n`,
    );
    client.close();
  });

  it('is wanted again behind RESET', async () => {
    await using shared = await start(process);
    const answer = await talk(shared.at(0), [
      'AUTH app secret',
      'RESET',
      'GET k',
      'NOPE',
      'HELLO 3 AUTH app secret',
      'GET k',
    ]);
    expect(answer).toMatch(/^\+OK\r\n\+RESET\r\n-NOAUTH .*\r\n-ERR unknown command .*\r\n%7\r\n/);
    expect(answer).toMatch(/_\r\n\+OK\r\n$/);
  });

  it('takes the password that is in the file now', async () => {
    await using shared = await start(process);
    expect(await talk(shared.at(0), ['AUTH web first'])).toBe('+OK\r\n+OK\r\n');
    const client = new LineClient(shared.at(0));
    await client.ask('AUTH web first');
    writeFileSync(join(shared.directory, 'web'), 'second');
    await eventually(
      async () => (await talk(shared.at(0), ['AUTH web second'])) === '+OK\r\n+OK\r\n',
    );
    // Who is in stays in.
    expect(await client.ask('ACL WHOAMI')).toBe('$3\r\nweb\r\n');
    client.close();
  });

  it('serves what client libraries do', async () => {
    await using shared = await start(process);
    const client = shared.client(0, { username: 'web', password: 'first' });
    await client.set('k', '1');
    expect(await client.multi().incr('k').get('k').exec()).toEqual([
      [null, 2],
      [null, '2'],
    ]);
    expect(await client.call('client', 'list')).toContain(' user=web ');
  });
});
