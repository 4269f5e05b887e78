/** The proxy as a process over real servers, as a container runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freeAddress, type Address } from '@keyfleet/testkit';
import { eventually } from './eventually.ts';
import type { ProxyUnderTest } from './proxy-under-test.ts';

const MAIN = join(import.meta.dirname, '../main.ts');
/** No directory can be made there: a proxy serves all the same. */
const UNWRITABLE = join(MAIN, 'state');

export class ProxyProcess implements Disposable {
  readonly address: Address;
  readonly adminUrl: string;
  output = '';
  readonly #child: ChildProcess;

  private constructor(address: Address, adminPort: number, flags: Record<string, string>) {
    const { host, port } = address;
    this.address = address;
    this.adminUrl = `http://${host}:${adminPort}`;
    const own = { bind: host, port: String(port), 'admin-port': String(adminPort) };
    const args = Object.entries({ ...own, 'state-dir': UNWRITABLE, ...flags });
    this.#child = spawn(process.execPath, [
      MAIN,
      ...args.map(([name, value]) => `--${name}=${value}`),
    ]);
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static async start(flags: Record<string, string>, at?: Address): Promise<ProxyProcess> {
    const [address, admin] = await Promise.all([at ?? freeAddress(), freeAddress()]);
    return new ProxyProcess(address, admin.port, flags);
  }

  /** A second proxy over the servers of `under`. */
  static async serving(
    under: ProxyUnderTest,
    flags: Record<string, string> = {},
    at?: Address,
  ): Promise<ProxyProcess> {
    const configserver = under.configserver.url;
    const started = await ProxyProcess.start({ configserver, ...flags }, at);
    await eventually(async () => (await started.admin('/readyz'))?.ok === true);
    return started;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Null while it does not listen. */
  admin(path: string): Promise<Response | null> {
    return fetch(this.adminUrl + path).catch(() => null);
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

  /** Pids of its workers, in their order. */
  workers(): number[] {
    const lines = this.output.split('\n').filter((line) => line.includes('"worker listens"'));
    const pids: number[] = [];
    for (const line of lines) {
      const { worker, pid } = JSON.parse(line) as { worker: number; pid: number };
      pids[worker] = pid;
    }
    return pids;
  }

  /** A client waits for a reply. */
  async untilPending(): Promise<void> {
    await eventually(async () => {
      const clients = (await (await this.admin('/clients'))!.json()) as { pending: number }[];
      return clients.some(({ pending }) => pending > 0);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
