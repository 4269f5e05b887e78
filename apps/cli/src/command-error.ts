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

/** `status`: there is no running platform (as `systemctl status` says it). */
export const EXIT_NOT_RUNNING = 3;

/** EX_USAGE of sysexits.h: no such command, flag or argument. */
export const EXIT_USAGE = 64;

/** EX_CONFIG of sysexits.h: what was asked for makes no sense, whatever the state of the machine. */
export const EXIT_CONFIG = 78;

/** As a shell counts it: 128 and the number of SIGINT. */
export const EXIT_INTERRUPTED = 130;

export const exitCodesHelp = `
Exit codes:
  0    done
  1    it could not be done; the message says why
  ${EXIT_NOT_RUNNING}    the platform is not running
  ${EXIT_USAGE}   no such command, flag or argument
  ${EXIT_CONFIG}   a value or a manifest that makes no sense
  ${EXIT_INTERRUPTED}  stopped before it was ready`;
