/** What a command cannot do, in words for the user: shown without a stack. */
export class CommandError extends Error {
  readonly code = 'COMMAND';
  readonly exitCode: number;
  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'CommandError';
    this.exitCode = options.exitCode ?? 1;
  }
}

/** EX_CONFIG of sysexits.h: what was asked for makes no sense, whatever the state of the machine. */
export const EXIT_CONFIG = 78;

/** `status`: there is no running platform (as `systemctl status` says it). */
export const EXIT_NOT_RUNNING = 3;
