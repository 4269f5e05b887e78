/** For tests: what COMMAND GETKEYS answers, built from this lib alone. */
import { hasValidArity } from './command.ts';
import { extractKeys } from './extract-keys.ts';
import { findCommand } from './find-command.ts';
import { requestOf } from './request-of.ts';

/** The keys, or the text of the error. */
export function getKeys(args: readonly string[]): string[] | string {
  const request = requestOf(args);
  const command = findCommand(request);
  if (!command) return 'Invalid command specified';
  if (!command.hasKeys) return 'The command has no key arguments';
  if (!hasValidArity(command, request.count)) {
    return 'Invalid number of arguments specified for command';
  }
  const positions: number[] = [];
  const count = extractKeys(command, request, positions);
  if (count < 0) return 'Invalid arguments specified for command';
  return positions.slice(0, count).map((position) => args[position]!);
}
