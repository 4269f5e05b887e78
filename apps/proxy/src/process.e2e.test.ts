/** The proxy as a process, as a container runs it: its signals, its exit codes, what it says of itself. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freeAddress, type Address } from '@keyfleet/testkit';
import { describe, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
/** No directory can be made there: a proxy serves all the same. */
const UNWRITABLE = join(MAIN, 'state');

class ProxyProcess implements Disposable {
  readonly address: Address;
  output = '';
  readonly #adminUrl: string;
  readonly #child: ChildProcess;

  private constructor(address: Address, adminPort: number, flags: Record<string, string>) {
    const { host, port } = address;
    this.address = address;
    this.#adminUrl = `http://${host}:${adminPort}`;
    const own = { bind: host, port: String(port), 'admin-port': String(adminPort) };
    const args = Object.entries({ ...own, 'state-dir': UNWRITABLE, ...flags });
    this.#child = spawn(process.execPath, [
      MAIN,
      ...args.map(([name, value]) => `--${name}=${value}`),
    ]);
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static async start(flags: Record<string, string>): Promise<ProxyProcess> {
    const [address, admin] = await Promise.all([freeAddress(), freeAddress()]);
    return new ProxyProcess(address, admin.port, flags);
  }

  /** A second proxy over the servers of `under`. */
  static async serving(
    under: ProxyUnderTest,
    flags: Record<string, string> = {},
  ): Promise<ProxyProcess> {
    const started = await ProxyProcess.start({ configserver: under.configserver.url, ...flags });
    await eventually(async () => (await started.admin('/readyz'))?.ok === true);
    return started;
  }

  /** Null while it does not listen. */
  admin(path: string): Promise<Response | null> {
    return fetch(this.#adminUrl + path).catch(() => null);
  }

  /** All that a connection hears until it is closed; null when it was refused. */
  async say(text: string): Promise<string | null> {
    const socket = createConnection(this.address);
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.write(text);
    try {
      await once(socket, 'close');
      return answer;
    } catch {
      return null;
    }
  }

  /** A client waits for a reply. */
  async untilPending(): Promise<void> {
    await eventually(async () => {
      const clients = (await (await this.admin('/clients'))!.json()) as { pending: number }[];
      return clients.some(({ pending }) => pending > 0);
    });
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

describe('SIGTERM', () => {
  it('takes no more clients, answers what is pending, gives the session back, ends with 0', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await ProxyProcess.serving(under);
    under.servers[0]!.pause();
    const answer = proxy.say('SET k v\r\nGET k\r\n');
    await proxy.untilPending();
    proxy.terminate();
    await eventually(async () => (await proxy.say('QUIT\r\n')) === null);
    under.servers[0]!.resume();
    expect(await answer).toBe('+OK\r\n$1\r\nv\r\n');
    expect(await proxy.exitCode()).toBe(0);
    expect(under.configserver.closed).toBe(1);
  });

  it('waits no longer than drainMs for a server that is silent', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    using proxy = await ProxyProcess.serving(under, { 'drain-ms': '100' });
    under.servers[0]!.pause();
    const answer = proxy.say('GET k\r\n');
    await proxy.untilPending();
    proxy.terminate();
    expect(await answer).toBe('');
    expect(await proxy.exitCode()).toBe(0);
    under.servers[0]!.resume();
  });
});

describe('settings that cannot work', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a secret file that is not there', { 'secret-file': '/none' }, '--secret-file  Cannot read'],
    ['a wildcard address alone', { bind: '0.0.0.0' }, '--advertise-host  is required'],
  ])('%s: exit code 78', async (_name, flags, want) => {
    using proxy = await ProxyProcess.start({ configserver: 'http://127.0.0.1:1', ...flags });
    expect(await proxy.exitCode()).toBe(78);
    expect(proxy.output).toContain(want);
  });
});

describe('its session', () => {
  it('says where others reach it', async () => {
    await using under = await startProxyUnderTest({ shards: 1 });
    const flags = { 'proxy-id': 'orders-proxy-x', 'advertise-host': 'fd00::1' };
    using proxy = await ProxyProcess.serving(under, flags);
    const { port } = proxy.address;
    expect(under.configserver.openedBy).toMatchObject({
      id: 'orders-proxy-x',
      host: 'fd00::1',
      port,
    });
    const { adminUrl } = under.configserver.openedBy as { adminUrl: string };
    expect(new URL(adminUrl).hostname).toBe('[fd00::1]');
  });
});
