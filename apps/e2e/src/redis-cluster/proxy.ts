import { fileURLToPath } from 'node:url';
import { freeAddresses, ServerProcess, temporaryDirectory, type Address } from '@keyfleet/testkit';
import { run, type Outcome } from '../program.ts';

const MAIN = fileURLToPath(new URL('../../../proxy/src/main.ts', import.meta.url));

const ANSWER_TIMEOUT_MS = 20_000;

/** A proxy of one's own, as its container runs it. */
export class Proxy implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #adminPort: number;
  readonly #process: ServerProcess;

  private constructor(process: ServerProcess, adminPort: number) {
    this.host = process.host;
    this.port = process.port;
    this.#process = process;
    this.#adminPort = adminPort;
  }

  /** With these flags, at addresses that are free. Ready when it resolves. */
  static async start(flags: Readonly<Record<string, string>>): Promise<Proxy> {
    const [address, admin] = await freeAddresses(2);
    const { host, port } = address!;
    const place = { bind: host, port: String(port), 'admin-port': String(admin!.port) };
    return Proxy.startAt({ host, port, adminPort: admin!.port }, { ...place, ...flags });
  }

  /** The flags, or the file that they name, say that it is there. */
  static async startAt(
    { host, port, adminPort }: Address & { readonly adminPort: number },
    flags: Readonly<Record<string, string>>,
  ): Promise<Proxy> {
    const state = await temporaryDirectory();
    const all = Object.entries({ 'state-dir': state.path, ...flags });
    const started = await ServerProcess.start({
      command: process.execPath,
      aptPackage: 'nodejs',
      args: [MAIN, ...all.map(([name, value]) => `--${name}=${value}`)],
      address: { host, port },
      isReady: async () => (await fetch(`http://${host}:${adminPort}/readyz`)).ok,
      owned: state,
    });
    return new Proxy(started, adminPort);
  }

  /** What its command line answers, without serving. */
  static async ask(...args: string[]): Promise<Outcome> {
    return run(process.execPath, [MAIN, ...args], { timeoutMs: ANSWER_TIMEOUT_MS });
  }

  get pid(): number {
    return this.#process.pid;
  }

  get log(): string {
    return this.#process.log;
  }

  async admin(path: string): Promise<Response> {
    return fetch(`http://${this.host}:${this.#adminPort}${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
