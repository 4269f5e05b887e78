/** What a shard's connections say by themselves. */
import { encodeCommand } from '@keyfleet/resp';
import { NO_REQUEST, SEVERAL_SLOTS, type Outgoing } from './reply-sink.ts';

/** On a connection that only waits to be told something: else nobody would know that it is dead. */
export const ASK_FOR_LIFE = own('PING');
/** Right before a request for a slot that is on its way to the server. */
export const ASKING_FIRST = own('ASKING');

function own(command: string): Outgoing {
  const bytes = encodeCommand([command]);
  return { ...NO_REQUEST, slot: SEVERAL_SLOTS, bytes, end: bytes.length };
}
