/**
 * What the connections of a node that clients share are told apart by, in one number: the protocol and the database.
 * A client belongs to one class at a time; it changes class only while nothing of it is pending, so its commands to a
 * shard run in order.
 */
import type { RespVersion } from '@keyfleet/resp';

export type ConnectionClass = number;

const VERSION_BITS = 2;

export function classOf(version: RespVersion, database: number): ConnectionClass {
  return (database << VERSION_BITS) | version;
}

export function versionOf(connectionClass: ConnectionClass): RespVersion {
  return (connectionClass & 3) as RespVersion;
}

export function databaseOf(connectionClass: ConnectionClass): number {
  return connectionClass >> VERSION_BITS;
}

/** What is opened before anybody asks. */
export const PLAIN_CLASS = classOf(2, 0);
