/** Commands of others (docker, kubectl, helm, git) with their output, and errors that say what is missing. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';

/** What a tool of ours stops with; the message is all that its user is shown. */
export class CommandError extends Error {
  readonly code = 'COMMAND';
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

const wanted: Readonly<Record<string, string>> = {
  docker: 'Docker 20.10 or newer (https://docs.docker.com/engine/install)',
  kubectl: 'kubectl 1.28 or newer (https://kubernetes.io/docs/tasks/tools)',
};

/** Its output is the user's to read. */
export function runCommand(file: string, args: readonly string[]): void {
  check(file, args, spawnSync(file, args, { stdio: 'inherit' }));
}

export function outputOf(file: string, args: readonly string[]): string {
  const result = spawnSync(file, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  check(file, args, result);
  return result.stdout.trim();
}

/** Undefined when it fails or is not there. */
export function outputIfAny(file: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(file, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function check(file: string, args: readonly string[], result: SpawnSyncReturns<unknown>): void {
  if ((result.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
    throw new CommandError(`Cannot find ${file}: want ${wanted[file] ?? 'it in PATH'}`);
  }
  if (result.error) throw result.error;
  if (result.status === 0) return;
  const end = result.signal ?? `exit code ${result.status}`;
  throw new CommandError(`Cannot run ${[file, ...args].slice(0, 3).join(' ')}: ${end}, see above`);
}

/** The last lines of a `main.ts`: an expected end is one line, a bug has its stack. */
export function runMain(main: () => void): void {
  try {
    main();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
