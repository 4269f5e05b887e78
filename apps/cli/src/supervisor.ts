/** The supervisor's process: `keyfleet up` starts it, tells it over IPC what to run, and may leave it alone. */
import { DataDirectoryError, takeLock } from '@keyfleet/local-platform';
import { createLogger, systemClock } from '@keyfleet/runtime';
import { CommandError } from './command-error.ts';
import type { Launch } from './launch.ts';
import { prepare } from './prepare.ts';
import { Supervisor } from './supervise.ts';
import type { FromSupervisor, ToSupervisor } from './supervisor-messages.ts';

const log = createLogger('supervisor', 'info');
let supervisor: Supervisor | null = null;
let lock: { release(): void } | null = null;
let isDetached = false;
let ending: Promise<void> | null = null;

function send(message: FromSupervisor): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

async function start(launch: Launch): Promise<void> {
  lock = takeLock(launch.dataDir);
  if (!lock)
    throw new CommandError(
      `Cannot start: the platform in ${launch.dataDir} is running already (see \`keyfleet status\`, \`keyfleet down\`)`,
    );
  const record = await prepare(launch, log);
  if (ending) return;
  supervisor = new Supervisor(launch, record, {
    clock: systemClock,
    log,
    onProgress: (progress) => send({ kind: 'progress', progress }),
    onReady: () => send({ kind: 'ready' }),
    onFailed: (error) => void fail(error),
  });
  supervisor.start();
}

async function fail(error: unknown): Promise<void> {
  log.error({ err: error }, 'start failed');
  const isForUser = error instanceof CommandError || error instanceof DataDirectoryError;
  const message = isForUser ? error.message : ((error as Error).stack ?? String(error));
  const exitCode = error instanceof CommandError ? error.exitCode : 1;
  await end('start failed', exitCode, () => send({ kind: 'failed', message, exitCode }));
}

/** Once: stops everything, then this process. A request to stop at once is heard while an orderly stop runs. */
async function end(because: string, exitCode: number, atEnd?: () => void): Promise<void> {
  if (ending) return ending;
  log.info({ because }, 'stopping');
  ending = (async () => {
    try {
      await supervisor?.stop();
    } catch (error) {
      log.error({ err: error }, 'stop failed');
    }
    lock?.release();
    atEnd?.();
    log.info('stopped');
    // Messages that are still on their way to the CLI go out before the channel closes.
    setImmediate(() => process.exit(exitCode));
  })();
  return ending;
}

process.on('message', (message: ToSupervisor) => {
  switch (message.kind) {
    case 'start':
      start(message.launch).catch(fail);
      break;
    case 'detach':
      isDetached = true;
      send({ kind: 'detached' });
      break;
    case 'stop':
      void end('asked to', 0);
      break;
    case 'kill':
      void supervisor?.stop({ atOnce: true });
      void end('asked to stop at once', 0);
      break;
  }
});
process.on('disconnect', () => {
  if (!isDetached) void end('the command that started it is gone', 0);
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => void end(signal, 0));
process.on('uncaughtException', (error) => void fail(error));
