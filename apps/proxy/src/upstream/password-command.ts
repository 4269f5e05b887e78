/**
 * A password that a program makes: tokens that expire, as of AWS IAM. What it said is kept for a while, so that many
 * connections are one call; what a server refused is not, but the program is not called at every attempt either.
 */
import { execFile } from 'node:child_process';
import type { Clock } from '@keyfleet/runtime';
import { CredentialsError, type Credentials, type CredentialSource } from './credentials.ts';

const OUTPUT_BYTES_MAX = 64 * 1024;
const TIMEOUT_MS = 10_000;
/** Between two calls, whatever happens. */
const PAUSE_MS = 1000;

export type PasswordCommandOptions = {
  readonly user: string;
  /** A program and its arguments, separated by spaces. There is no shell, so there are no quotes. */
  readonly command: string;
  readonly keepMs: number;
  readonly clock: Clock;
  readonly timeoutMs?: number;
};

export class PasswordCommand implements CredentialSource {
  readonly isRenewed = true;
  readonly #options: PasswordCommandOptions;
  #kept: Credentials | null = null;
  #calledAtMs = -Infinity;
  #isRefused = false;
  /** Of the last call. */
  #call: Promise<Credentials> | null = null;

  constructor(options: PasswordCommandOptions) {
    this.#options = options;
  }

  read(): Promise<Credentials> {
    const nowMs = this.#options.clock.monotonicMs();
    const sinceMs = nowMs - this.#calledAtMs;
    const isDue = sinceMs >= this.#options.keepMs || this.#kept === null || this.#isRefused;
    if (isDue && sinceMs >= PAUSE_MS) {
      this.#calledAtMs = nowMs;
      this.#call = this.#renew();
    }
    return this.#call!;
  }

  refuse(credentials: Credentials): void {
    // A connection that was opened before may come too late with its refusal.
    if (credentials === this.#kept) this.#isRefused = true;
  }

  async #renew(): Promise<Credentials> {
    const { user } = this.#options;
    try {
      const password = await this.#output();
      // The same object while it is the same password: who compares sees no change.
      if (this.#kept?.password !== password) this.#kept = { user, password };
      this.#isRefused = false;
      return this.#kept;
    } catch (error) {
      // What it said before may still be good.
      if (this.#kept !== null && !this.#isRefused) return this.#kept;
      throw error;
    }
  }

  /** Of what it says nothing is ever shown: neither its output nor what it complains of, which may repeat it. */
  async #output(): Promise<string> {
    const { command, timeoutMs = TIMEOUT_MS } = this.#options;
    const [program, ...args] = command.split(' ').filter((word) => word !== '');
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const limits = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: OUTPUT_BYTES_MAX,
    } as const;
    const child = execFile(program!, args, limits, (error, stdout) => {
      if (error !== null) reject(cannotRun(program!, becauseOf(error, timeoutMs)));
      else if (stdout.trim() === '')
        reject(cannotRun(program!, 'it said nothing, want a password'));
      else resolve(stdout.trim());
    });
    child.stdin?.end();
    return promise;
  }
}

function becauseOf(
  {
    code,
    killed,
    signal,
  }: { code?: string | number | null; killed?: boolean; signal?: string | null },
  timeoutMs: number,
): string {
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return `it said more than ${OUTPUT_BYTES_MAX} bytes, want a password`;
  if (killed === true) return `it did not end in ${timeoutMs} ms`;
  if (typeof code === 'number') return `it ended with code ${code}, want 0`;
  return `the system says ${code ?? signal ?? 'nothing'}`;
}

function cannotRun(program: string, because: string): CredentialsError {
  return new CredentialsError(`Cannot run the password command ${program}: ${because}`);
}
