/**
 * What becomes of a command between MULTI and EXEC. The commands of a transaction go to one server in one go, over a
 * connection that is shared: so a command that concerns all shards cannot be among them, where there are several, and one that changes the state
 * of a connection must not reach it.
 */
import type { Command } from '@keyfleet/commands';
import { dispositionOf } from '../route/disposition.ts';

export type QueuedAs =
  /** It ends or concerns the transaction itself. */
  | 'atOnce'
  /** Goes to the server. */
  | 'forwarded'
  /** The proxy answers it when the server has answered the others, at its place among them. */
  | 'emulated'
  /** Goes to the server, and the connection is put back to its database before EXEC. */
  | 'select'
  | 'refused';

const atOnce = new Set(['multi', 'exec', 'discard', 'watch', 'quit', 'reset']);

/** Their handlers answer within the call. What changes the protocol or its order (HELLO, CLIENT REPLY) is not
 * here, nor is what answers later (COMMAND DOCS). */
const emulated = new Set([
  'asking', 'auth', 'client|caching', 'client|capa', 'client|getname', 'client|getredir', 'client|help', 'client|id', 'client|info',
  'client|list', 'client|no-evict', 'client|pause', 'client|setinfo', 'client|setname', 'client|tracking',
  'client|trackinginfo', 'client|unblock', 'client|unpause', 'cluster|help', 'cluster|keyslot', 'cluster|myid', 'command',
  'command|count', 'command|getkeys', 'command|getkeysandflags', 'command|info',
  'command|list', 'echo', 'ping', 'readonly', 'readwrite', 'unwatch',
]); // prettier-ignore

/** They name no key, and any server can do them. Not CONFIG GET: a server tells its password. */
const anywhere = new Set(['lastsave', 'publish', 'time', 'wait', 'waitaof']);

/** They name no key, and concern all that there are: one server that has all can do them. */
const ofAllKeys = new Set(['dbsize', 'flushall', 'flushdb', 'keys', 'randomkey']);

export function queuedAs(command: Command, isOneServer = false): QueuedAs {
  const { name } = command;
  if (atOnce.has(name)) return 'atOnce';
  if (name === 'select') return 'select';
  if (emulated.has(name) && dispositionOf(command) === 'own') return 'emulated';
  const isForServer = hasPlace(command) || (isOneServer && ofAllKeys.has(name));
  return isForServer ? 'forwarded' : 'refused';
}

/** The channel of SPUBLISH stands for a key (queue-command.ts). */
function hasPlace(command: Command): boolean {
  const { name, hasKeys } = command;
  if (anywhere.has(name) || name === 'spublish') return true;
  return hasKeys && dispositionOf(command) !== 'refused';
}
