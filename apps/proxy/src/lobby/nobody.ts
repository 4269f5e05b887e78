/** What one may say who has not said who he is (server.c `processCommand`, the flag `no_auth`). */
import { hasValidArity, type Command } from '@keyfleet/commands';

const allowed: ReadonlySet<string> = new Set(['auth', 'hello', 'quit', 'reset']);

/** True: its answer is NOAUTH. What is unknown, or has too few arguments, is told so first, as in Redis. */
export function isForbiddenToNobody(command: Command | undefined, argumentCount: number): boolean {
  if (command === undefined || !hasValidArity(command, argumentCount)) return false;
  const isUnknownSubcommand = command.subcommands.length > 0 && argumentCount > 1;
  return !isUnknownSubcommand && !allowed.has(command.name);
}
