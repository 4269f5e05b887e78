/**
 * What clients set with CONFIG SET, at primaries and shards that come later: a replica does not take it over from its
 * primary, and a shard that is new was not there. Each new life of a primary is brought what the others have, before its
 * topology is acknowledged.
 *
 * What a life may have been started with on purpose, by the manifest, is not to be undone by an old CONFIG SET: a value is
 * changed only if it is the one that CONFIG SET replaced. The values come from the other primaries, not from what this
 * process remembers: another proxy may have changed them since. So proxies agree, and it does not matter who comes first.
 */
import type { Logger } from '@keyfleet/runtime';
import { decodeReply, encodeCommand, ProtocolError } from '@keyfleet/resp';
import { errors } from '../route/replies.ts';
import type { Routing, RoutingFollower } from '../route/routing.ts';
import { ShardCall } from '../route/shard-call.ts';
import { PLAIN_CLASS } from '../upstream/connection-class.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import { isDenial, isError } from './failure.ts';
import { fieldsOf, textOf, type Fields } from './fields.ts';
import { wantedValues, type Values } from './wanted-values.ts';

/** Those who do not answer, or do not do it, in this time are looked at again later. */
const ANSWER_MS = 250;
const RETRY_MS = 1000;
/** They are asked for what was set: they all have it. */
const OTHERS_MAX = 8;

export type KeptConfigEnv = {
  readonly routing: Routing;
  readonly monotonicMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Logger;
};

type SetByClient = {
  /** Of a server that nobody told otherwise. */
  readonly former: string;
  /** By a client of this process; null: by another one's, at most. */
  latest: Uint8Array | null;
};

export type Setting = { readonly name: string; readonly value: Uint8Array };

/**
 * That notifications are merged is promised: also a proxy that is younger than their CONFIG SET keeps them going. Servers
 * that are not the platform's get nothing that no client of this process asked for.
 */
const KNOWN_FROM_THE_START: readonly [string, SetByClient][] = [
  ['notify-keyspace-events', { former: '', latest: null }],
];

type Life = { readonly shard: ShardUpstream; readonly life: string };

export class KeptConfig implements RoutingFollower {
  readonly #env: KeptConfigEnv;
  /** By name. */
  readonly #set: Map<string, SetByClient>;
  /** By shard: the life of its primary that has all of it. */
  readonly #settled = new Map<string, string>();
  #mayBeNew = true;
  #retryAtMs = 0;
  /** What is under way, and how many clients set something just now: one waits for the other. */
  #giving: Promise<void> | null = null;
  #setting = 0;
  /** Of ours, that may not have been sent. */
  readonly #calls = new Set<ShardCall>();

  constructor(env: KeptConfigEnv) {
    this.#env = env;
    this.#set = new Map(env.routing.traits.ownsServers ? KNOWN_FROM_THE_START : []);
    env.routing.followers.push(this);
  }

  onApplied(): Promise<void> {
    this.#mayBeNew = true;
    const ids = new Set(this.#env.routing.shards.map(({ id }) => id));
    for (const id of this.#settled.keys()) if (!ids.has(id)) this.#settled.delete(id);
    return this.#giveToNew();
  }

  onSwept(nowMs: number): void {
    // Else a server that begins anew makes a new topology.
    if (!this.#env.routing.traits.provesLife) this.#mayBeNew = true;
    if (nowMs >= this.#retryAtMs) void this.#giveToNew();
  }

  /**
   * Has `settings` of a client set by `work`, which gives the reply. Meanwhile nobody is given what is about to change.
   * `present`: what servers said of them before.
   */
  async whileSetting(
    settings: readonly Setting[],
    present: Fields,
    work: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    while (this.#giving !== null) await this.#giving;
    this.#setting++;
    // Known before they are set: a primary that comes in between is given them.
    const fresh = settings.filter(({ name }) => !this.#set.has(name) && present.has(name));
    for (const { name } of fresh)
      this.#set.set(name, { former: textOf(present.get(name)!), latest: null });
    try {
      const reply = await work();
      if (isError(reply)) for (const { name } of fresh) this.#set.delete(name);
      else for (const setting of settings) this.#noteSet(setting);
      return reply;
    } finally {
      this.#setting--;
    }
  }

  #noteSet({ name, value }: Setting): void {
    const set = this.#set.get(name);
    if (set !== undefined) set.latest = value;
  }

  async #giveToNew(): Promise<void> {
    const { routing, monotonicMs } = this.#env;
    const isBusy = this.#giving !== null || this.#setting > 0;
    if (!this.#mayBeNew || this.#set.size === 0 || isBusy || routing.closedError !== null) return;
    const lives = this.#newLives();
    this.#mayBeNew = lives.length > 0;
    if (lives.length === 0) return;
    this.#retryAtMs = monotonicMs() + RETRY_MS;
    this.#giving = this.#giveTo(lives);
    await this.#giving;
    this.#giving = null;
  }

  #newLives(): Life[] {
    return this.#env.routing.shards.flatMap((shard) => {
      const { target, life } = shard;
      return target === null || this.#settled.get(shard.id) === life ? [] : [{ shard, life }];
    });
  }

  async #giveTo(lives: readonly Life[]): Promise<void> {
    const fresh = new Set(lives.map(({ shard }) => shard));
    const others = this.#env.routing.shards
      .filter((shard) => !fresh.has(shard) && shard.isReachable())
      .slice(0, OTHERS_MAX);
    const there = new Map<ShardUpstream, Values>();
    const request = encodeCommand(['CONFIG', 'GET', ...this.#set.keys()]);
    const asked = [...fresh, ...others].map(async (shard) => {
      const values = valuesOf(await this.#call(shard, request));
      if (values !== null) there.set(shard, values);
    });
    await this.#inTime(asked);
    const given = lives
      .filter(({ shard }) => there.has(shard))
      .map((life) => this.#give(life, there));
    await this.#inTime(given);
  }

  async #inTime(work: readonly Promise<void>[]): Promise<void> {
    await Promise.race([Promise.all(work), this.#env.sleep(ANSWER_MS)]);
    for (const call of this.#calls) call.cancel();
    this.#calls.clear();
  }

  async #give({ shard, life }: Life, there: ReadonlyMap<ShardUpstream, Values>): Promise<void> {
    const others = [...there].filter(([other]) => other !== shard).map(([, values]) => values);
    const isAlone = this.#env.routing.shards.length === 1;
    const wanted = wantedValues({ set: this.#set, own: there.get(shard)!, others, isAlone });
    if (wanted.size > 0) {
      const request = encodeCommand(['CONFIG', 'SET', ...[...wanted].flat()]);
      const reply = await this.#call(shard, request);
      if (isError(reply)) return;
      const names = [...wanted.keys()];
      this.#env.log.info({ shard: shard.id, names }, 'set what clients had set, at a new primary');
    }
    this.#settled.set(shard.id, life);
  }

  /** Also while the shard is held: it changes no key, and those who wait find it done. */
  #call(shard: ShardUpstream, request: Uint8Array): Promise<Uint8Array> {
    const { routing, monotonicMs } = this.#env;
    return new Promise((resolve) => {
      const order = {
        ...{ owner: this, shard, request, connectionClass: PLAIN_CLASS },
        isWrite: false,
        isPastHolds: true,
        onAnswer: (answer: Uint8Array | null) => resolve(answer ?? errors.slotNotServed),
      };
      const call = new ShardCall(order, { routing, monotonicMs });
      this.#calls.add(call);
      call.start();
    });
  }
}

/** Null: it did not answer. One that refuses, or answers something else, has nothing that could be set. */
function valuesOf(reply: Uint8Array): Values | null {
  if (isError(reply)) return isDenial(reply) ? new Map() : null;
  try {
    const fields = [...fieldsOf(decodeReply(reply))];
    return new Map(fields.map(([name, value]) => [name, textOf(value)]));
  } catch (error) {
    if (error instanceof ProtocolError) return new Map();
    throw error;
  }
}
