import { fork, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { fileURLToPath } from 'node:url';
import { openLog } from '@keyfleet/local-platform';
import type { Launch } from './launch.ts';
import type { FromSupervisor, ToSupervisor } from './supervisor-messages.ts';

/** The CLI's side of a supervisor that it started. */
export class SupervisorClient {
  readonly #child: ChildProcess;
  readonly #detached: Promise<void>;
  readonly ended: Promise<number>;

  constructor(
    launch: Launch,
    env: Readonly<Record<string, string | undefined>>,
    onMessage: (message: FromSupervisor) => void,
  ) {
    const log = openLog(launch.dataDir, 'supervisor');
    const main = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
    // Detached: Ctrl-C in the terminal is ours to pass on.
    const child = fork(main, {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...withoutSettings(env), NODE_COMPILE_CACHE: getCompileCacheDir() },
    });
    closeSync(log);
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code) => resolve(code ?? 1));
      child.once('error', () => resolve(1));
    });
    this.#detached = new Promise((resolve) => {
      child.on('message', (message: FromSupervisor) => {
        if (message.kind === 'detached') resolve();
        else onMessage(message);
      });
    });
    this.send({ kind: 'start', launch });
  }

  send(message: ToSupervisor): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** From here on the supervisor does not end with this process. */
  async detach(): Promise<void> {
    this.send({ kind: 'detach' });
    await Promise.race([this.#detached, this.ended]);
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }
}

/** Our settings reach the parts as flags; from the environment, a part would take what is meant for another. */
function withoutSettings(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('KEYFLEET_')));
}
