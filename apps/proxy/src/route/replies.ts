/** Replies that the proxy gives by itself. Where Redis has a text, it is Redis' text. */
import { encode } from '@keyfleet/resp';

export const OK = encode.simpleString('OK');
export const PONG = encode.simpleString('PONG');

export const errors = {
  crossSlot: encode.errorReply("CROSSSLOT Keys in request don't hash to the same slot"),
  invalidArguments: encode.errorReply('ERR Invalid arguments specified for command'),
  syntax: encode.errorReply('ERR syntax error'),
  holdLimit: encode.errorReply(
    'TRYAGAIN The cluster is changing or the queue of its shard is full; nothing was sent, try again',
  ),
  noTopology: encode.errorReply('CLUSTERDOWN The proxy has no topology yet'),
  leaseLapsed: encode.errorReply('CLUSTERDOWN The proxy lost its lease from the configserver'),
  slotNotServed: encode.errorReply('CLUSTERDOWN Hash slot not served'),
  /** The connection broke between send and reply. */
  unknownOutcome: encode.errorReply(
    'UNCERTAIN The connection to the server was lost before it answered: the command may have been executed',
  ),
  /** It is still connected, and may answer later. */
  timedOut: encode.errorReply(
    'UNCERTAIN The server did not answer in time: the command may have been executed',
  ),
  readTimedOut: encode.errorReply('TIMEOUT The server did not answer this read in time'),
  /** Nodes name each other, or one that no node knows. */
  notAgreed: encode.errorReply(
    'TRYAGAIN The nodes of the cluster do not agree on who has this slot; nothing was done, try again',
  ),
  readLost: encode.errorReply(
    'CLUSTERDOWN The connection to the server was lost before it answered this read',
  ),
  notConnected: encode.errorReply(
    'CLUSTERDOWN No connection to the server was ready in time; nothing was sent',
  ),
  notSent: encode.errorReply(
    'CLUSTERDOWN The connection to the server was lost; the command was not sent',
  ),
} as const;

/** Codes of errors that say that nothing was done. */
export const NOTHING_DONE: ReadonlySet<string> = new Set(['BUSY', 'CLUSTERDOWN', 'TRYAGAIN']);

export function unreachable(shard: string, because: string): Uint8Array {
  return encode.errorReply(`CLUSTERDOWN Cannot reach the primary of ${shard}: ${because}`);
}
