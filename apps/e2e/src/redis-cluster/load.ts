/** Clients of all libraries at once over keys of these tags; each checks its replies. */
import { glideDriver } from '../features/glide.ts';
import { ioredisDriver } from '../features/ioredis.ts';
import { nodeRedisDriver } from '../features/node-redis.ts';
import type { Random } from '../random.ts';
import type { Server } from '../raw-client.ts';
import { Verifier } from '../verifier.ts';
import { readBackUntil, type ReadBack } from './reading-back.ts';
import { startRedisPy } from './redis-py-load.ts';

const VERSIONS = [2, 3] as const;
const KEYS_PER_TAG = 4;

type LoadOptions = {
  readonly tags: readonly string[];
  /** Where errors may be. Clients that take none (they pipeline, with commands over many slots) leave these out. */
  readonly troubledTags?: readonly string[];
  readonly random: Random;
};

type Part = { readonly name: string; readonly run: (end: AbortSignal) => Promise<ReadBack> };

export type LoadReport = {
  /** Values or replies, of each client. */
  readonly checked: ReadonlyMap<string, number>;
  readonly errors: readonly string[];
  readonly wrong: readonly string[];
};

export class Load {
  readonly #end = new AbortController();
  readonly #running: Promise<readonly (readonly [name: string, seen: ReadBack])[]>;

  private constructor(parts: readonly Part[]) {
    const { signal } = this.#end;
    this.#running = Promise.all(
      parts.map(async ({ name, run }) => [name, await run(signal)] as const),
    );
    this.#running.catch(() => undefined); // who stops it hears of it
  }

  static async start(
    server: Server,
    { tags, troubledTags = [], random }: LoadOptions,
  ): Promise<Load> {
    const all = [...tags, ...troubledTags];
    const parts = await Promise.all([
      ...libraryParts(server, all),
      ...verifierParts(server, tags, random),
      redisPyPart(server, all),
    ]);
    return new Load(parts.filter((part) => part !== null));
  }

  /** Rejects where a client that takes no error got one. */
  async stop(): Promise<LoadReport> {
    this.#end.abort();
    const seen = await this.#running;
    return {
      checked: new Map(seen.map(([name, { checked }]) => [name, checked])),
      errors: seen.flatMap(([name, { errors }]) => errors.map((text) => `${name}: ${text}`)),
      wrong: seen.flatMap(([name, { wrong }]) => wrong.map((text) => `${name}: ${text}`)),
    };
  }
}

function libraryParts(server: Server, tags: readonly string[]): Promise<Part>[] {
  return [ioredisDriver, nodeRedisDriver, glideDriver].flatMap((driver) =>
    VERSIONS.map(async (version) => {
      const name = `${driver.name}-${version}`;
      const client = await driver.connect(server, version);
      const run = async (end: AbortSignal): Promise<ReadBack> => {
        await using own = client;
        return await readBackUntil(end, own, keysOf(name, tags));
      };
      return { name, run };
    }),
  );
}

/**
 * A client that pipelines has one key of each slot. While a slot moves its servers refuse commands with several of its
 * keys, and what is behind them in the pipeline was done by then: such a command cannot be sent again.
 */
function verifierParts(server: Server, tags: readonly string[], random: Random): Promise<Part>[] {
  const ways = [
    { name: 'pipelining', keysPerTag: 1, pipelineMax: 40 },
    { name: 'one-by-one', keysPerTag: KEYS_PER_TAG, pipelineMax: 1 },
  ];
  return ways.map(async ({ name, keysPerTag, pipelineMax }, n) => {
    const keys = keysOf(name, tags, keysPerTag);
    const keyOf = (i: number): string => keys[i % keys.length]!;
    const verifier = await Verifier.connect(server, random.fork(n), keyOf, pipelineMax);
    const run = async (end: AbortSignal): Promise<ReadBack> => {
      using own = verifier;
      await own.runUntil(end);
      return { checked: own.checked, errors: [], wrong: [] };
    };
    return { name, run };
  });
}

async function redisPyPart(server: Server, tags: readonly string[]): Promise<Part | null> {
  const name = 'redis-py';
  const run = await startRedisPy(server, keysOf(name, tags));
  return run && { name, run };
}

function keysOf(name: string, tags: readonly string[], count = KEYS_PER_TAG): string[] {
  return tags.flatMap((tag) => Array.from({ length: count }, (_, i) => `{${tag}}:${name}:${i}`));
}
