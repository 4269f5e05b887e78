/** Puts a client's current request into its transaction, or says why not. Every check is made before anything is sent. */
import { extractKeys, type Command } from '@keyfleet/commands';
import { encode, type RequestFramer } from '@keyfleet/resp';
import { argumentText, refusal } from '../route/refusals.ts';
import { errors } from '../route/replies.ts';
import { reservedError, firstKeyOf, slotOfKey } from '../route/router.ts';
import { queuedAs } from './queued-as.ts';
import { frameOf } from './request-of.ts';
import type { Step, Transaction } from './transaction.ts';

const TOO_LARGE = encode.errorReply(
  'ERR The transaction is too large for the proxy (transaction-commands-max, transaction-bytes-max)',
);

/** server.c `processCommand`: SAVE, SHUTDOWN, SYNC. */
const NOT_ALLOWED = encode.errorReply('ERR Command not allowed inside a transaction');

/** The error that the client gets instead of QUEUED, or null. */
export function queueCommand(
  transaction: Transaction,
  command: Command,
  request: RequestFramer,
  databases: number,
): Uint8Array | null {
  const as = queuedAs(command);
  if (as === 'refused' || as === 'atOnce') return notInside(command);
  const wrong =
    as === 'forwarded' && command.hasKeys ? placeKeys(transaction, command, request) : null;
  if (wrong !== null || transaction.isDoomed) return wrong;
  if (!transaction.hasRoomFor(request.end - request.start)) return TOO_LARGE;
  transaction.add({ command, frame: frameOf(request), ...stepOf(as, request, databases) });
  return null;
}

function notInside(command: Command): Uint8Array {
  if (command.isNoMulti) return NOT_ALLOWED;
  const name = command.name.replace('|', ' ');
  return encode.errorReply(
    `ERR the proxy does not support '${name}' inside MULTI: it concerns more than one shard, or the connection`,
  );
}

/** A SELECT that fails does so in our own handler. */
function stepOf(
  as: Step['as'],
  request: RequestFramer,
  databases: number,
): Pick<Step, 'as' | 'database'> {
  if (as !== 'select') return { as, database: null };
  const text = argumentText(request, 1);
  const isValid = /^\d{1,9}$/.test(text) && Number(text) < databases;
  return isValid ? { as, database: Number(text) } : { as: 'emulated', database: null };
}

/** Of keys that cannot be found, EXEC tells in the server's words; as the router, it takes the first for one. */
function keysIn(command: Command, request: RequestFramer, keys: number[]): number {
  const count = extractKeys(command, request, keys);
  if (count >= 0) return count;
  keys[0] = firstKeyOf(command, request);
  return keys[0] > 0 ? 1 : 0;
}

/** All keys of a transaction share a slot. */
function placeKeys(
  transaction: Transaction,
  command: Command,
  request: RequestFramer,
): Uint8Array | null {
  const refused = refusal(command, request);
  if (refused !== null) return refused;
  const keys: number[] = [];
  const count = keysIn(command, request, keys);
  for (let i = 0; i < count; i++) {
    const reserved = reservedError(request, keys[i]!);
    if (reserved !== null) return reserved;
    const slot = slotOfKey(request, keys[i]!);
    if (slot !== (transaction.slot ?? slot)) return errors.crossSlot;
    transaction.slot = slot;
  }
  return null;
}
