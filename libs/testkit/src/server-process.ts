import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Address } from './address.ts';

const READY_WITHIN_MS = 15_000;
const STOPPED_WITHIN_MS = 5_000;
const LOG_CHARACTERS_MAX = 20_000;

type Launch = {
  readonly command: string;
  readonly aptPackage: string;
  readonly args: readonly string[];
  /** Besides what we have in ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly address: Address;
  /** One attempt; false or an error means not yet. */
  readonly isReady: (address: Address) => Promise<boolean>;
  /** What goes when the server is disposed, such as its data directory. */
  readonly owned?: AsyncDisposable;
};

class StartError extends Error {
  constructor(server: ServerProcess, because: string) {
    super(
      `Cannot start ${server.command} at ${server.host}:${server.port}: ${because}\n${server.log}`,
    );
  }
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A real server as a child process, reachable at one address over all its restarts. */
export class ServerProcess implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #launch: Launch;
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(launch: Launch) {
    this.#launch = launch;
    this.host = launch.address.host;
    this.port = launch.address.port;
  }

  static async start(launch: Launch): Promise<ServerProcess> {
    const server = new ServerProcess(launch);
    try {
      await server.#start();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  get command(): string {
    return this.#launch.command;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && !hasEnded(this.#child);
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid !== undefined && this.isRunning) return pid;
    throw new Error(`Cannot tell the pid of ${this.command}: it is not running`);
  }

  /** The last output of all its runs. */
  get log(): string {
    return this.#log;
  }

  /** SIGTERM, and SIGKILL if it does not follow. */
  async stop(): Promise<void> {
    const forced = new AbortController();
    const ended = this.#end('SIGTERM');
    await Promise.race([
      ended,
      delay(STOPPED_WITHIN_MS, undefined, { signal: forced.signal }).catch(() => undefined),
    ]);
    forced.abort();
    await this.#end('SIGKILL');
    await ended;
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** The process stands still: its connections stay open and nothing answers. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Starts it again at the same address with the same data; stops it before if it runs. */
  async restart(): Promise<void> {
    await this.stop();
    await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#launch.owned?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    const { args, env, address, isReady } = this.#launch;
    const [command, ...prefix] = dyingWithUs(findBinary(this.#launch));
    const child = spawn(command!, [...prefix, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_CHARACTERS_MAX);
      });
    }
    await once(child, 'spawn');

    const deadlineMs = performance.now() + READY_WITHIN_MS;
    while (!(await isReady(address).catch(() => false))) {
      if (hasEnded(child))
        throw new StartError(
          this,
          `it ended with ${child.exitCode ?? child.signalCode ?? 'nothing'}`,
        );
      if (performance.now() > deadlineMs)
        throw new StartError(this, `no answer in ${READY_WITHIN_MS} ms`);
      await delay(20);
    }
    // Whoever answered may be another server on this port, while ours could not bind it.
    if (hasEnded(child)) throw new StartError(this, 'another process answers at its address');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || hasEnded(child)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    child.kill('SIGCONT'); // a paused process would not see SIGTERM
    await exited;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function findBinary({ command, aptPackage }: Launch): string {
  if (isAbsolute(command)) return command;
  const found = findInPath(command);
  if (found !== undefined) return found;
  throw new Error(
    `Cannot start ${command}: it is not installed, want the apt package ${aptPackage}`,
  );
}

function findInPath(command: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The exit handler above does not run when a test worker is killed; Linux can do it for us then. */
function dyingWithUs(binary: string): string[] {
  const setpriv = process.platform === 'linux' ? findInPath('setpriv') : undefined;
  return setpriv === undefined ? [binary] : [setpriv, '--pdeathsig', 'KILL', binary];
}
