/**
 * Where the keys of a request are. It answers as COMMAND GETKEYS of the servers does, order and
 * repeats included.
 */
import type { RequestView } from '@keyfleet/resp';
import { hasValidArity, type Command } from './command.ts';
import { commands } from './command-list.ts';
import { keyParsers, keysByLenientCount, type KeyParser } from './own-keys.ts';
import { keysBySpecs, type KeyPositions } from './spec-keys.ts';

const MALFORMED = -1;
/**
 * Commands that are younger than key specifications have no parser beside them, hence none that is
 * lenient.
 */
const STRICT_COUNT: ReadonlySet<string> = new Set(['msetex']);

const parsers: readonly (KeyParser | undefined)[] = commands.map(({ name }) => keyParsers[name]);

/**
 * Writes the argument positions of the request's keys into `into`, which is reused: a number[], or
 * an Int32Array with room for as many as the request has arguments. Returns how many there are; -1:
 * the arguments are malformed for this command (Redis: "Invalid arguments specified for command").
 */
export function extractKeys(command: Command, request: RequestView, into: KeyPositions): number {
  if (command.oneKey) {
    into[0] = 1;
    return request.count > 1 ? 1 : MALFORMED;
  }
  if (!command.hasKeys) return 0;
  if (!hasValidArity(command, request.count)) return MALFORMED;
  const found = findKeys(command, request, into);
  if (found > 0) return found;
  return command.keysAreOptional ? 0 : MALFORMED;
}

/**
 * Its own parser goes first: it alone reads options as the command does. Specifications are for
 * what it does not know.
 */
function findKeys(command: Command, request: RequestView, into: KeyPositions): number {
  const parsed = parsers[command.index]?.(request, into) ?? 0;
  if (parsed > 0) return parsed;
  const specified = keysBySpecs(command.keySpecs, request, into);
  if (specified > 0 || STRICT_COUNT.has(command.name)) return specified;
  return keysByLenientCount(command.keySpecs, request, into);
}
