/**
 * What the proxy does with each command of the table, decided once from the table's data: nothing here lists commands
 * that the data already tells apart.
 */
import { commands, type Command, type KeySpec } from '@keyfleet/commands';
import { ownCommands } from './own-commands.ts';

export type Disposition =
  /** Exactly one key, argument 1: to its shard. */
  | 'oneKey'
  /** All keys must share a slot. */
  | 'sameSlot'
  /** Cut by shard and put together again: MGET, MSET, DEL, UNLINK, EXISTS, TOUCH. */
  | 'split'
  /** By a handler of ours (own-commands.ts). */
  | 'own'
  /** Answered with an error that says so. */
  | 'refused';

const own = new Set<string>(Object.values(ownCommands).flat());

/** They have keys, but also an effect that a shared connection cannot give. */
const refusedWithKeys = new Set(['migrate']);

export function dispositionOf(command: Command): Disposition {
  if (commands[command.index] === undefined) return foreignDisposition(command);
  if (own.has(command.name)) return 'own';
  if (isRefused(command)) return 'refused';
  // MSETEX has its keys behind a count and options behind them: it is not split yet.
  if (command.requestPolicy === 'multi_shard' && command.firstKey === 1) return 'split';
  return command.oneKey ? 'oneKey' : 'sameSlot';
}

/** Of a command that only the servers know. Without keys it would be answered from one shard, as if that were all. */
function foreignDisposition(command: Command): Disposition {
  const { hasKeys, isBlocking, isPubsub, isAdmin } = command;
  if (!hasKeys || isBlocking || isPubsub || isAdmin) return 'refused';
  return command.keySpecs.some(isVague) || isFoundByCode(command) ? 'refused' : 'sameSlot';
}

/** It does not tell all keys: the server has code that finds them. */
function isVague({ flags, begin, find }: KeySpec): boolean {
  if (flags.includes('incomplete') || begin.by === 'unknown' || find.by === 'unknown') return true;
  // Redis takes any number from a module; a place from the end on is none that it finds itself.
  if (begin.by === 'index' && !(begin.index >= 1)) return true;
  return !(find.keystep >= 1);
}

/** Keys that stand at fixed places do not move: a module has code that finds others (`getkeys-api`). */
function isFoundByCode({ flags, keySpecs }: Command): boolean {
  const isFixed = ({ begin, find }: KeySpec): boolean =>
    begin.by === 'index' && find.by === 'range';
  return flags.has('movablekeys') && keySpecs.every(isFixed);
}

function isRefused(command: Command): boolean {
  if (!command.hasKeys || refusedWithKeys.has(command.name)) return true;
  // A blocking command would stop the connection that all clients share.
  if (command.isBlocking) return true;
  return command.isPubsub || command.isAdmin;
}

export const dispositions: readonly Disposition[] = commands.map(dispositionOf);
