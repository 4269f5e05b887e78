/** Runs an app until SIGTERM or SIGINT, then its `stop`, at most `graceMs`; a second signal ends it at once. */
import type { Logger } from './log.ts';
import { ConfigError } from './config-error.ts';

export type Running = { stop(): Promise<void> };

export type AppOptions = { log: Logger; graceMs: number };

export function stopOnSignal(running: Running, { log, graceMs }: AppOptions): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info({ signal, graceMs }, 'stopping');
    setTimeout(() => {
      log.error({ graceMs }, 'stop took too long');
      process.exit(1);
    }, graceMs).unref();
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** The last resort of every `main`: a configuration mistake is shown as it is, anything else with its stack. */
export function exitWith(error: unknown): never {
  const shown =
    error instanceof ConfigError ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`${shown}\n`);
  process.exit(error instanceof ConfigError ? error.exitCode : 1);
}
