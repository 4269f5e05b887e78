/** Which clients ask a candidate, as data. Pure. */
import { OwnKey } from './own-key.ts';
import { slotTags } from './slot-tags.ts';

export const clientKinds = ['probe', 'application', 'pipelined'] as const;
export type ClientKind = (typeof clientKinds)[number];

type Habit = {
  /** Of each shard; of a client of all shards: of the candidate. */
  readonly count: number;
  readonly ofAllShards: boolean;
  readonly everyMs: number;
  /** Requests that it sends before it waits for an answer. */
  readonly windowMax: number;
  readonly deadlineMs: number;
  readonly reads: boolean;
};

export const habits: Readonly<Record<ClientKind, Habit>> = {
  /** Gives up soon and tries again: tells when a shard was away. */
  probe: {
    count: 1,
    ofAllShards: false,
    everyMs: 10,
    windowMax: 1,
    deadlineMs: 200,
    reads: false,
  },
  /** As patient as most applications: tells what they get to see. */
  application: {
    count: 4,
    ofAllShards: false,
    everyMs: 10,
    windowMax: 1,
    deadlineMs: 3000,
    reads: true,
  },
  /**
   * Has requests to several shards on its way, and more patience than the proxies (5 s for a request): tells whether one
   * shard makes others wait, and what a proxy does about it.
   */
  pipelined: {
    count: 4,
    ofAllShards: true,
    everyMs: 10,
    windowMax: 16,
    deadlineMs: 8000,
    reads: true,
  },
};

export type ClientPlan = Omit<Habit, 'count' | 'ofAllShards'> & {
  readonly kind: ClientKind;
  /** It asks for them in turn. */
  readonly keys: readonly OwnKey[];
};

const KEYS_OF_CLIENT = 36;

/** `slots` of each shard; `owner` keeps the keys of candidates apart. */
export function clientPlans(slots: readonly string[], owner: string): ClientPlan[] {
  const tags = slots.map((text) => slotTags(text, KEYS_OF_CLIENT));
  const shards = slots.map((_, shard) => shard);
  return clientKinds.flatMap((kind) => {
    const { count, ofAllShards, ...habit } = habits[kind];
    const groups = ofAllShards ? [shards] : shards.map((shard) => [shard]);
    return groups.flatMap((group) =>
      Array.from({ length: count }, (_, n) => {
        const keys = Array.from({ length: KEYS_OF_CLIENT }, (_key, at) => {
          const shard = group[at % group.length]!;
          return new OwnKey(`{${tags[shard]![at]!}}:${owner}:${kind}:${n}`, shard);
        });
        return { ...habit, kind, keys };
      }),
    );
  });
}
