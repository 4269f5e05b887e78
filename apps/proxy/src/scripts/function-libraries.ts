/**
 * Gives a server the libraries of functions that the other shards have. FUNCTION LOAD brings one to all shards that there
 * are, and replicas get it from their primary; a shard that is new has none.
 */
import { encodeCommand } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { isError } from '../wide/failure.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';

const DUMP = encodeCommand(['FUNCTION', 'DUMP']);
const LF = 0x0a;
const CRLF_BYTES = 2;
/** Version and checksum. */
const EMPTY_DUMP_BYTES = 10;
/** The others may be new as well. */
const SHARDS_ASKED_MAX = 8;

type Supplied = { readonly runId: string; copying: Promise<void> | null };

export class FunctionLibraries {
  readonly #calls: ShardCalls;
  /** By shard: the life of its server that was given what there is, or is being given it. */
  readonly #supplied = new Map<string, Supplied>();

  constructor(calls: ShardCalls) {
    this.#calls = calls;
  }

  /** Null: this life of the server was given all there is. */
  supply(shard: ShardUpstream, client: Client): Promise<void> | null {
    const runId = shard.target?.runId ?? '';
    const known = this.#supplied.get(shard.id);
    if (known?.runId === runId) return known.copying;
    const supplied: Supplied = { runId, copying: null };
    this.#supplied.set(shard.id, supplied);
    supplied.copying = this.#copyTo(shard, client).then(() => {
      supplied.copying = null;
    });
    return supplied.copying;
  }

  /** Libraries that the server has stay as they are: then nothing is restored. */
  async #copyTo(shard: ShardUpstream, client: Client): Promise<void> {
    const others = this.#calls.routing.shards.filter((other) => other !== shard);
    for (const other of others.slice(0, SHARDS_ASKED_MAX)) {
      const reply = await this.#calls.one(other, { client, request: DUMP, isWrite: false });
      const dump = reply === null || isError(reply) ? null : payloadOf(reply);
      if (dump === null || dump.length <= EMPTY_DUMP_BYTES) continue;
      const request = encodeCommand(['FUNCTION', 'RESTORE', dump]);
      await this.#calls.one(shard, { client, request, isWrite: true });
      return;
    }
  }
}

/** Of a bulk string. */
function payloadOf(reply: Uint8Array): Uint8Array {
  return reply.subarray(reply.indexOf(LF) + 1, reply.length - CRLF_BYTES);
}
