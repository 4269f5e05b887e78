/**
 * Each shard has a password of its own, derived from the cluster's secret: a server of one shard can neither copy from
 * nor be copied by a server of another, whoever got whose address.
 */
import { createHash, createHmac } from 'node:crypto';

const ID_LENGTH = 16;

export function shardPassword(secret: string, shard: string): string {
  return createHmac('sha256', secret).update(shard).digest('base64url');
}

/** Tells one secret from another without telling it. */
export function credentialsId(secret: string): string {
  return createHash('sha256').update(`keyfleet:${secret}`).digest('hex').slice(0, ID_LENGTH);
}
