/** Reads the configuration again and has the process serve by it, as far as it can without an end. */
import { ConfigError, type Logger, type LogTarget } from '@keyfleet/runtime';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { planReload, type ReloadPlan } from './plan-reload.ts';

/** What whoever asked for it is told. */
export type Reloaded = Pick<ReloadPlan, 'applied' | 'needsRestart'>;

/** The configuration that was read cannot be served, and nothing has changed. */
export class NotReloaded extends Error {
  readonly code = 'NOT_RELOADED';
  override readonly name = 'NotReloaded';
  readonly mistakes: readonly string[];
  constructor(cause: Error) {
    const mistakes = cause instanceof ConfigError ? cause.mistakes : [cause.message];
    super(`Cannot reload, nothing has changed: ${mistakes.join('; ')}`, { cause });
    this.mistakes = mistakes;
  }
}

export type ReloaderEnv = {
  /** Throws ConfigError, which shows every mistake. */
  readonly read: () => ProxyConfig;
  /** Rejects when it cannot be served so, and then nothing has changed. */
  readonly apply: (config: ProxyConfig) => Promise<void>;
  readonly setLog: (target: LogTarget) => void;
  /** Throws ConfigError when that could not be set. */
  readonly checkLog: (target: LogTarget) => void;
  /** Leaves a file that was moved away. Throws ConfigError. */
  readonly reopenLog: () => void;
  readonly log: Logger;
};

export class Reloader {
  readonly #env: ReloaderEnv;
  #present: ProxyConfig;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(present: ProxyConfig, env: ReloaderEnv) {
    this.#present = present;
    this.#env = env;
  }

  /** One at a time. Rejects with NotReloaded. */
  async reload(): Promise<Reloaded> {
    // Whoever rotates log files waits for it, whatever the configuration is like.
    try {
      this.#env.reopenLog();
    } catch (error) {
      const failure = this.#refusal(error as Error);
      throw failure;
    }
    const reloaded = this.#reloading.then(() => this.#reload());
    this.#reloading = reloaded.catch(() => undefined);
    return reloaded;
  }

  async #reload(): Promise<Reloaded> {
    const { read, apply, log } = this.#env;
    try {
      const { config, applied, needsRestart } = planReload(this.#present, read());
      const logTarget = this.#newLogTarget(config);
      if (logTarget !== null) this.#env.checkLog(logTarget);
      await apply(config);
      if (logTarget !== null) this.#env.setLog(logTarget);
      this.#present = config;
      log.info({ applied, needsRestart }, 'configuration read again');
      return { applied, needsRestart };
    } catch (error) {
      const failure = this.#refusal(error as Error);
      throw failure;
    }
  }

  #refusal(cause: Error): NotReloaded {
    const failure = new NotReloaded(cause);
    this.#env.log.error({ mistakes: failure.mistakes }, 'configuration not changed');
    return failure;
  }

  /** What was set at the admin port holds until the file says something new. */
  #newLogTarget({ process: { logLevel: level, logFile: file } }: ProxyConfig): LogTarget | null {
    const { logLevel, logFile } = this.#present.process;
    return level === logLevel && file === logFile ? null : { level, file };
  }
}
