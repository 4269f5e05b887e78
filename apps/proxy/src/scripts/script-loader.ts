/**
 * Gives servers the scripts that they lack. A server forgets scripts when it restarts, and a replica never has them: what
 * a client loaded is known to the life of a server that it was loaded to, and to no other. So SCRIPT LOAD goes ahead of the
 * first EVALSHA to each life. (That a client sent the script with EVAL is not enough: newer servers forget such ones.)
 */
import { encodeCommand } from '@keyfleet/resp';
import { NO_REQUEST, NO_SINK, SEVERAL_SLOTS, type ReplySink } from '../upstream/reply-sink.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { ScriptStore } from './script-store.ts';

/** Beyond it a life's scripts are loaded anew. */
const LOADED_MAX = 10_000;

const MINUS = 0x2d;

type Loaded = { readonly life: string; readonly digests: Set<string> };

export class ScriptLoader {
  readonly #store: ScriptStore;
  /** By shard: of its present primary. */
  readonly #loaded = new Map<string, Loaded>();
  /** What is being loaded is there for those only that come behind it, on the same connection. */
  readonly #loading = new WeakMap<UpstreamConnection, Set<string>>();

  constructor(store: ScriptStore) {
    this.#store = store;
  }

  /** Sends the script ahead, if the server may lack it and the proxy has it. Only when the connection has room. */
  loadAhead(connection: UpstreamConnection, digest: string, owner: object): void {
    const { digests } = this.#loadedAt(connection);
    const loading = this.#loadingOn(connection);
    if (digests.has(digest) || loading.has(digest)) return;
    const body = this.#store.get(digest);
    if (body === undefined) return;
    loading.add(digest);
    const request = encodeCommand(['SCRIPT', 'LOAD', body]);
    const whole = { bytes: request, start: 0, end: request.length };
    // If it fails or is lost, so does what comes behind it; the next one brings it again.
    const sink: ReplySink = {
      ...NO_SINK,
      owner,
      onReply: (_token, bytes, start) => {
        loading.delete(digest);
        if (bytes[start] !== MINUS) noteLoaded(digests, digest);
      },
      onFailure: () => void loading.delete(digest),
    };
    connection.send({ ...NO_REQUEST, sink, slot: SEVERAL_SLOTS, isWrite: false, ...whole });
  }

  /** The server said that it lacks it. */
  noteMissing(digest: string): void {
    for (const { digests } of this.#loaded.values()) digests.delete(digest);
  }

  clear(): void {
    this.#loaded.clear();
  }

  #loadingOn(connection: UpstreamConnection): Set<string> {
    const known = this.#loading.get(connection);
    if (known !== undefined) return known;
    const loading = new Set<string>();
    this.#loading.set(connection, loading);
    return loading;
  }

  #loadedAt({ identity: { shard }, life }: UpstreamConnection): Loaded {
    const known = this.#loaded.get(shard);
    if (known?.life === life) return known;
    const fresh = { life, digests: new Set<string>() };
    this.#loaded.set(shard, fresh);
    return fresh;
  }
}

function noteLoaded(digests: Set<string>, digest: string): void {
  if (digests.size === LOADED_MAX) digests.clear();
  digests.add(digest);
}
