/**
 * What the connections of a node that clients share are told apart by, in one number: the protocol, the database,
 * whether what is done there counts for LRU and LFU (CLIENT NO-TOUCH), and what the server tracks of what is read there
 * (CLIENT TRACKING). A client belongs to one class at a time; it changes class only while nothing of it is pending, so
 * its commands to a shard run in order.
 *
 *   own id (NOLOOP) × 2^32 | database × 2^7 | no touch 2^6 | receiver 2^5 | noloop 2^4 | broadcast 2^3 | keys 2^2 | protocol
 */
import type { RespVersion } from '@keyfleet/resp';

export type ConnectionClass = number;

const VERSION = 3;
const KEYS = 1 << 2;
const BROADCAST = 1 << 3;
const NOLOOP = 1 << 4;
const RECEIVER = 1 << 5;
const TRACKED = KEYS | BROADCAST;
const NO_TOUCH = 1 << 6;
const DATABASE_SHIFT = 7;
/** The protocol, and what CLIENT TRACKING says. */
const STATE = NO_TOUCH - 1;
const OWN = 2 ** 32;

export function classOf(version: RespVersion, database: number): ConnectionClass {
  return (database << DATABASE_SHIFT) | version;
}

export function versionOf(connectionClass: ConnectionClass): RespVersion {
  return (connectionClass & VERSION) as RespVersion;
}

export function databaseOf(connectionClass: ConnectionClass): number {
  return (connectionClass >>> 0) >>> DATABASE_SHIFT;
}

export function withVersion(of: ConnectionClass, version: RespVersion): ConnectionClass {
  return of - versionOf(of) + version;
}

export function withDatabase(of: ConnectionClass, database: number): ConnectionClass {
  return of + (database - databaseOf(of)) * (1 << DATABASE_SHIFT);
}

export function withNoTouch(of: ConnectionClass, isNoTouch: boolean): ConnectionClass {
  return of - (of & NO_TOUCH) + (isNoTouch ? NO_TOUCH : 0);
}

export function isNoTouch(of: ConnectionClass): boolean {
  return (of & NO_TOUCH) !== 0;
}

export type TrackingKind = {
  /** Of all keys; else of those that were read there. */
  readonly isBroadcast: boolean;
  /** Not null: one client alone has it, and is not told of its own writes. */
  readonly ownId: number | null;
};

export function tracked(of: ConnectionClass, kind: TrackingKind): ConnectionClass {
  const { isBroadcast: isOfAll, ownId } = kind;
  const what = (isOfAll ? BROADCAST : KEYS) | (ownId === null ? 0 : NOLOOP);
  return untracked(of) + what + (ownId ?? 0) * OWN;
}

export function untracked(of: ConnectionClass): ConnectionClass {
  return (of >>> 0) - (of & STATE) + versionOf(of);
}

export function isTracked(connectionClass: ConnectionClass): boolean {
  return (connectionClass & TRACKED) !== 0;
}

export function isBroadcast(connectionClass: ConnectionClass): boolean {
  return (connectionClass & BROADCAST) !== 0;
}

/**
 * A server tells of changes with RESP3 only. Those of a tracked class that speaks RESP2 come over a connection of
 * another class, its receiver, on which nothing else goes on.
 */
export function receiverOf(of: ConnectionClass): ConnectionClass | null {
  return isTracked(of) && versionOf(of) === 2 ? withVersion(of, 3) + RECEIVER : null;
}

export function isReceiver(connectionClass: ConnectionClass): boolean {
  return (connectionClass & RECEIVER) !== 0;
}

/** Whose reads a connection of this class tells about. */
export function toldBy(of: ConnectionClass): ConnectionClass {
  return isReceiver(of) ? withVersion(of - RECEIVER, 2) : of;
}

/** What has a server track what is read on a connection; null: nothing. */
export function trackingRequest(of: ConnectionClass, receiverId: number | null): string[] | null {
  if (!isTracked(of) || isReceiver(of)) return null;
  return [
    ...['CLIENT', 'TRACKING', 'ON'],
    ...(receiverId === null ? [] : ['REDIRECT', String(receiverId)]),
    ...(isBroadcast(of) ? ['BCAST'] : []),
    ...((of & NOLOOP) === 0 ? [] : ['NOLOOP']),
  ];
}

/** What is opened before anybody asks. */
export const PLAIN_CLASS = classOf(2, 0);
