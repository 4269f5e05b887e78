/**
 * Each shard has a password of its own, derived from the cluster's secret: a server of one shard can neither copy from
 * nor be copied by a server of another, whoever got whose address.
 */
import { createHash, createHmac } from 'node:crypto';

const ID_LENGTH = 16;
/** The id is shown to everybody: a short secret could be guessed from it. */
const SECRET_LENGTH_MIN = 32;

/** The message tells nothing of the secret but its length. */
export class InvalidSecret extends Error {
  readonly code = 'INVALID_SECRET';
  readonly because: string;
  constructor(length: number) {
    const because = `it has ${length} characters, want at least ${SECRET_LENGTH_MIN}`;
    super(`Cannot use the cluster's secret: ${because}`);
    this.name = 'InvalidSecret';
    this.because = because;
  }
}

/** The secret in what a file or a Secret holds: all but the newlines that an editor or `echo` leaves at its end. */
export function parseSecret(text: string): string {
  const secret = text.replace(/[\r\n]+$/, '');
  if (secret.length < SECRET_LENGTH_MIN) throw new InvalidSecret(secret.length);
  return secret;
}

export function shardPassword(secret: string, shard: string): string {
  return createHmac('sha256', secret).update(shard).digest('base64url');
}

/** Tells one secret from another without telling it. */
export function credentialsId(secret: string): string {
  return createHash('sha256').update(`keyfleet:${secret}`).digest('hex').slice(0, ID_LENGTH);
}
