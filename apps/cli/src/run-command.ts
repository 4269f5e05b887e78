import { DataDirectoryError } from '@keyfleet/local-platform';
import { ConfigError } from '@keyfleet/runtime';
import { CommandError } from './command-error.ts';

/** Runs a command, says what it could not do, and leaves the exit code. */
export async function runCommand(command: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    const isForUser = error instanceof CommandError || error instanceof ConfigError;
    const isExpected = isForUser || error instanceof DataDirectoryError;
    const { message, stack } = error as Error;
    process.stderr.write(`${isExpected ? message : (stack ?? message)}\n`);
    process.exitCode = isForUser ? error.exitCode : 1;
  }
}
