/** Puts a client's current request into its transaction, or says why not. Every check is made before anything is sent. */
import { extractKeys, type Command } from '@keyfleet/commands';
import { encode, type RequestFramer } from '@keyfleet/resp';
import { dispositionOf } from '../route/disposition.ts';
import { ownCommands } from '../route/own-commands.ts';
import { argumentText, notSupported, refusal } from '../route/refusals.ts';
import { reservedChannel } from '../pubsub/refusals.ts';
import { errors } from '../route/replies.ts';
import { firstKeyOf, slotOfKey } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import { argumentsOf, reservedAmong } from './reserved-among.ts';
import { queuedAs } from './queued-as.ts';
import { frameOf } from './request-of.ts';
import type { Step, Transaction } from './transaction.ts';

const TOO_LARGE = encode.errorReply(
  'ERR The transaction is too large for the proxy (transaction-commands-max, transaction-bytes-max)',
);

const overShards = new Set<string>([...ownCommands.wide, ...ownCommands.scripts]);

/** server.c `processCommand`: SAVE, SHUTDOWN, SYNC. */
const NOT_ALLOWED = encode.errorReply('ERR Command not allowed inside a transaction');

export type QueueEnv = {
  readonly databases: number;
  readonly routing: Pick<Routing, 'goTogether' | 'traits'>;
};

/** The error that the client gets instead of QUEUED, or null. */
export function queueCommand(
  transaction: Transaction,
  command: Command,
  request: RequestFramer,
  { databases, routing }: QueueEnv,
): Uint8Array | null {
  const as = queuedAs(command, routing.traits.isOneServer);
  if (as === 'refused' || as === 'atOnce') return notInside(command);
  const wrong = as === 'forwarded' ? place(transaction, command, request, routing) : null;
  if (wrong !== null || transaction.isDoomed) return wrong;
  if (!transaction.hasRoomFor(request.end - request.start)) return TOO_LARGE;
  transaction.add({ command, frame: frameOf(request), ...stepOf(as, request, databases) });
  return null;
}

function notInside(command: Command): Uint8Array {
  if (command.isNoMulti) return NOT_ALLOWED;
  if (dispositionOf(command) === 'refused') return notSupported(command);
  const name = command.name.replace('|', ' ');
  const because = overShards.has(command.name)
    ? 'it concerns all shards, and a transaction is carried out by one'
    : 'it concerns the connection or the proxy, and a transaction is carried out by a server';
  return encode.errorReply(`ERR the proxy does not support '${name}' inside MULTI: ${because}`);
}

/** A SELECT that fails does so in our own handler. */
function stepOf(
  as: Step['as'],
  request: RequestFramer,
  databases: number,
): Pick<Step, 'as' | 'database'> {
  if (as !== 'select') return { as, database: null };
  const text = argumentText(request, 1);
  const isValid = /^(0|[1-9]\d{0,8})$/.test(text) && Number(text) < databases;
  return isValid ? { as, database: Number(text) } : { as: 'emulated', database: null };
}

/** All keys of a transaction share a slot, where slots are of account. */
function place(
  transaction: Transaction,
  command: Command,
  request: RequestFramer,
  routing: QueueEnv['routing'],
): Uint8Array | null {
  const refused = refusal(command, request, routing.traits);
  if (refused !== null) return refused;
  if (command.isPubsub && reservedAmong(request, [1]) !== null) return reservedChannel;
  const found = keysOf(command, request);
  // Where keys cannot be found, one of ours may stand anywhere.
  const reserved = reservedAmong(request, found ?? argumentsOf(request));
  if (reserved !== null) return reserved;
  for (const key of found ?? likelyKeys(command, request)) {
    const slot = slotOfKey(request, key);
    transaction.slot ??= slot;
    if (!routing.goTogether(transaction.slot, slot)) return errors.crossSlot;
  }
  return null;
}

/** Null: they cannot be found. A channel of a shard stands for a key, as in Redis Cluster. */
function keysOf(command: Command, request: RequestFramer): number[] | null {
  if (command.name === 'spublish') return [1];
  const keys: number[] = [];
  return extractKeys(command, request, keys) < 0 ? null : keys;
}

/** Of keys that cannot be found, EXEC tells in the server's words; as the router, it takes the first for one. */
function likelyKeys(command: Command, request: RequestFramer): number[] {
  const first = firstKeyOf(command, request);
  return first > 0 ? [first] : [];
}
