/**
 * Where names live. Servers know nothing of each other: who subscribes must listen where messages are published.
 *
 * PUBLISH goes to the shard that owns the slot of the channel's name, as SPUBLISH does. Scripts and transactions publish
 * at the shard that they run at, so SUBSCRIBE listens at every shard (`scope: 'all'`); a message comes once all the same,
 * for it is published once. Each server tells what happened to its own keys: notifications are heard at every shard, and
 * one that a test or a tool publishes by hand goes where the key is.
 */
import type { RequestView } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import { argumentBytes } from './arguments.ts';
import type { Kind } from './kind.ts';
import { toBytes, toName } from './name.ts';

export type ChannelScope = 'all' | 'home';

/** Instead of a slot: at all shards. */
export const EVERYWHERE = -1;
/** At one shard, whichever. */
export const ANYWHERE = -2;

const RESERVED = '__keyfleet:';
const NOTIFICATION = /^__key(space|event)@\d+__:/;
const NOTIFICATION_STARTS = ['__keyspace@', '__keyevent@'];
/** Where a pattern ends to be what it says. */
const SPECIAL = /[*?[\\]/;

export function placeOf(kind: Kind, name: string, scope: ChannelScope): number {
  const isHeardAtAll = kind === 'pattern' || (kind === 'channel' && scope === 'all');
  const isAnywhere = isHeardAtAll || (kind === 'channel' && NOTIFICATION.test(name));
  return isAnywhere ? EVERYWHERE : slotOf(toBytes(name));
}

/**
 * Where servers pass messages on to each other: one shard is enough (shared-home.ts). But each server keeps what happened to
 * its own keys for itself.
 */
export function sharedPlaceOf(kind: Kind, name: string): number {
  return mayBeNotification(kind, name) ? EVERYWHERE : ANYWHERE;
}

function mayBeNotification(kind: Kind, name: string): boolean {
  if (kind !== 'pattern') return isNotification(name);
  const special = SPECIAL.exec(name);
  const literal = special === null ? name : name.slice(0, special.index);
  return NOTIFICATION_STARTS.some(
    (start) => start.startsWith(literal) || literal.startsWith(start),
  );
}

export function isNotification(channel: string): boolean {
  return channel.startsWith('__key') && NOTIFICATION.test(channel);
}

/** The slot whose shard the message of PUBLISH or SPUBLISH is published at; `name` is the channel. */
export function publishSlot(kind: Kind, name: string, request: RequestView): number {
  const isNotification = kind === 'channel' && name.startsWith('__key');
  const key = isNotification ? notifiedKey(name, argumentBytes(request, 2)) : null;
  return slotOf(key ?? argumentBytes(request, 1));
}

/** The key that a notification is about; null: it is no notification. */
export function notifiedKey(channel: string, message: Uint8Array): Uint8Array | null {
  if (!channel.startsWith('__key')) return null;
  const found = NOTIFICATION.exec(channel);
  if (found === null) return null;
  return found[1] === 'event' ? message : toBytes(channel.slice(found[0].length));
}

/** Names and keys that belong to the platform. */
export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED);
}

/**
 * Whether clients may hear a message that `shard` published. While keys are copied to another shard, and trimmed from the
 * former one, both servers tell of it: only the owner's word counts.
 */
export function mayBeHeard(
  channel: string,
  message: Uint8Array,
  isOwner: (slot: number) => boolean,
): boolean {
  if (!channel.startsWith('__')) return true;
  if (isReserved(channel)) return false;
  const key = notifiedKey(channel, message);
  if (key === null) return true;
  return !isReserved(toName(key)) && isOwner(slotOf(key));
}

export function slotOf(name: Uint8Array): number {
  return keySlot(name, 0, name.length);
}
