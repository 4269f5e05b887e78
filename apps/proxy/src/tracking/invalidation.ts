/** What a server says of keys that changed, and how a client is told of it. Keys are texts of one character per byte. */
import { skipReply } from '@keyfleet/resp';

/** Null: all keys, of all servers. */
export type Keys = readonly string[] | null;

const PUSH = '>2\r\n$10\r\ninvalidate\r\n';
const MESSAGE = '*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n';
const INVALIDATE = Buffer.from(PUSH);
const STAR = 0x2a;
const LF = 0x0a;
const CRLF_BYTES = 2;

/** The keys of a push `bytes[start, end)`; undefined: it is about something else. */
export function invalidatedKeys(bytes: Uint8Array, start: number, end: number): Keys | undefined {
  for (const [at, byte] of INVALIDATE.entries()) if (bytes[start + at] !== byte) return undefined;
  let at = start + INVALIDATE.length;
  if (bytes[at] !== STAR) return null;
  at = bytes.indexOf(LF, at) + 1;
  const keys: string[] = [];
  while (at < end) {
    const next = skipReply(bytes, at, end);
    const from = bytes.indexOf(LF, at) + 1;
    keys.push(Buffer.from(bytes.subarray(from, next - CRLF_BYTES)).toString('latin1'));
    at = next;
  }
  return keys;
}

/** The same for any number of clients: encoded when the first needs it. */
export class Invalidation {
  readonly #keys: Keys;
  #push: Uint8Array | null = null;
  #message: Uint8Array | null = null;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** For RESP3. */
  get push(): Uint8Array {
    return (this.#push ??= Buffer.from(PUSH + encodeKeys(this.#keys, '_\r\n'), 'latin1'));
  }

  /** For a subscriber that speaks RESP2. */
  get message(): Uint8Array {
    return (this.#message ??= Buffer.from(MESSAGE + encodeKeys(this.#keys, '$-1\r\n'), 'latin1'));
  }
}

function encodeKeys(keys: Keys, ofNull: string): string {
  if (keys === null) return ofNull;
  return `*${keys.length}\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join('')}`;
}

/** RESP3: the client that was told instead is gone. */
export function redirectBroken(id: number): Uint8Array {
  return Buffer.from(`>2\r\n$21\r\ntracking-redir-broken\r\n:${id}\r\n`);
}
