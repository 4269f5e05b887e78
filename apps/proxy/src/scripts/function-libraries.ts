/**
 * Libraries of functions at shards that come later. FUNCTION LOAD brings one to all shards that there are, and replicas get
 * it from their primary; but a shard that is new has none, and an heir lacks what its primary did not come to replicate. So
 * whoever calls a function, or speaks of libraries, waits when it meets a life of a primary for the first time, until that
 * has what the others have.
 *
 * A library that is there stays as it is. One that another proxy deletes at that very moment may stay behind.
 */
import { decodeReply, encodeCommand, ProtocolError, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { ParkingPlace } from '../route/parking.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { isDenial, isError } from '../wide/failure.ts';
import { fieldsOf, textOf } from '../wide/fields.ts';
import type { Caller, ShardCalls } from '../wide/shard-calls.ts';

const LIST = encodeCommand(['FUNCTION', 'LIST']);
/** Nobody waits longer for those who do not answer, nor for what is copied then; and how soon a life is compared again. */
const ANSWER_MS = 250;
const AGAIN_MS = 1000;
/** The others may be new as well. */
const SHARDS_ASKED_MAX = 8;

const OURS: Caller = { connectionClass: PLAIN_CLASS, isClosed: false, gatheredBytes: 0 };
const PLACE: ParkingPlace = { id: 'FUNCTION LIST', parking: { leave: () => undefined } };

export type LibrariesEnv = {
  readonly calls: ShardCalls;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
};

class Life {
  readonly name: string;
  isComplete = false;
  /** Under way; null: it is not. */
  comparing: Promise<void> | null = null;
  comparedAtMs = -Infinity;

  constructor(name: string) {
    this.name = name;
  }
}

export class FunctionLibraries {
  readonly #env: LibrariesEnv;
  /** By shard: of its present primary. */
  readonly #lives = new Map<string, Life>();

  constructor(env: LibrariesEnv) {
    this.#env = env;
  }

  /** Whether these have all libraries, as far as can be known soon; else the client's request comes again. */
  areThereOrWait(client: Client, shards: readonly ShardUpstream[]): boolean {
    const waiting = shards.map((shard) => this.#completing(shard)).filter((each) => each !== null);
    if (waiting.length === 0) return true;
    client.waitFor(PLACE);
    void Promise.all(waiting).then(() => {
      if (client.parkedAt === PLACE) client.unpark();
    });
    return false;
  }

  /** The server says that it lacks a function. Null: it was compared with the others just now. */
  recheck(shard: ShardUpstream): Promise<void> | null {
    const life = this.#lifeOf(shard);
    return life === null ? null : this.#compare(shard, life);
  }

  #completing(shard: ShardUpstream): Promise<void> | null {
    const life = this.#lifeOf(shard);
    return life === null || life.isComplete ? null : this.#compare(shard, life);
  }

  /** Null: there is no primary, or nothing to compare it with. */
  #lifeOf(shard: ShardUpstream): Life | null {
    if (shard.target === null || this.#env.calls.routing.shards.length < 2) return null;
    const known = this.#lives.get(shard.id);
    if (known?.name === shard.life) return known;
    const life = new Life(shard.life);
    this.#lives.set(shard.id, life);
    return life;
  }

  #compare(shard: ShardUpstream, life: Life): Promise<void> | null {
    const nowMs = this.#env.monotonicMs();
    if (life.comparing !== null || nowMs < life.comparedAtMs + AGAIN_MS) return life.comparing;
    life.comparedAtMs = nowMs;
    life.comparing = this.#complete(shard).then((isComplete) => {
      life.isComplete = isComplete;
      life.comparing = null;
    });
    return life.comparing;
  }

  /** False: not all that was to be known was known, or done. */
  async #complete(shard: ShardUpstream): Promise<boolean> {
    const others = this.#env.calls.routing.shards
      .filter((other) => other !== shard && (other.isReachable() || !other.isTried()))
      .slice(0, SHARDS_ASKED_MAX);
    const there = new Map<ShardUpstream, ReadonlySet<string>>();
    const asked = [shard, ...others].map(async (each) => {
      const names = await this.#namesAt(each);
      if (names !== null) there.set(each, names);
    });
    await this.#inTime(asked);
    const own = there.get(shard);
    if (own === undefined || there.size < 2) return false;
    let missing = 0;
    const copies = [...sourcesOf(there)]
      .filter(([name]) => !own.has(name))
      .map(async ([name, from]) => {
        missing++;
        if (await this.#copy(name, from, shard)) missing--;
      });
    await this.#inTime(copies);
    return missing === 0;
  }

  async #inTime(work: readonly Promise<void>[]): Promise<void> {
    await Promise.race([Promise.all(work), this.#env.sleep(ANSWER_MS)]);
  }

  /** Null: it cannot be known now. */
  async #namesAt(shard: ShardUpstream): Promise<ReadonlySet<string> | null> {
    const reply = await this.#read(shard, LIST);
    // It has none that could be called, or copied.
    if (reply !== null && isDenial(reply)) return new Set();
    const libraries = librariesOf(reply);
    return libraries && new Set(libraries.map((fields) => textOf(fields.get('library_name')!)));
  }

  async #copy(name: string, from: ShardUpstream, to: ShardUpstream): Promise<boolean> {
    const withCode = encodeCommand(['FUNCTION', 'LIST', 'LIBRARYNAME', name, 'WITHCODE']);
    const [library] = librariesOf(await this.#read(from, withCode)) ?? [];
    const code = library?.get('library_code') as string | Uint8Array | undefined;
    if (code === undefined) return false;
    const request = encodeCommand(['FUNCTION', 'LOAD', code]);
    const reply = await this.#env.calls.one(to, { client: OURS, request, isWrite: true });
    return reply !== null && !isError(reply);
  }

  #read(shard: ShardUpstream, request: Uint8Array): Promise<Uint8Array | null> {
    return this.#env.calls.one(shard, { client: OURS, request, isWrite: false });
  }
}

function sourcesOf(
  there: ReadonlyMap<ShardUpstream, ReadonlySet<string>>,
): Map<string, ShardUpstream> {
  const sources = new Map<string, ShardUpstream>();
  for (const [shard, names] of there) for (const name of names) sources.set(name, shard);
  return sources;
}

/** Of FUNCTION LIST; null: it says something else. */
function librariesOf(reply: Uint8Array | null): ReadonlyMap<string, Reply>[] | null {
  if (reply === null || isError(reply)) return null;
  try {
    return (decodeReply(reply) as readonly Reply[]).map((library) => fieldsOf(library));
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
