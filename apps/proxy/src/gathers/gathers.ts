/**
 * Reads over keys of several slots, for who wants them (the setting `gathers`). A request whose keys share a slot never
 * comes here: this is asked where CROSSSLOT would be answered.
 */
import type { Command } from '@keyfleet/commands';
import { encode, type RequestFramer } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { slotOfKey } from '../route/router.ts';
import type { ShardCallEnv } from '../route/shard-call.ts';
import type { GatherName } from './gather-names.ts';
import { gatherable, type Gatherable } from './gatherable.ts';
import { Gathering, type GatherKey, type GatherLimits } from './gathering.ts';
import { scoreStyle } from './score-text.ts';

const KEYS_MAX = 1024;
const TOO_MANY_KEYS = encode.errorReply(
  `ERR Cannot gather over slots: more than ${KEYS_MAX} keys, want fewer`,
);

export type GathersEnv = ShardCallEnv & {
  readonly names: readonly (GatherName | 'all')[];
  readonly limits: GatherLimits;
  readonly serverVersion: () => string;
};

export class Gathers {
  readonly #env: GathersEnv;
  /** By command. */
  readonly #kinds: ReadonlyMap<string, Gatherable>;

  constructor(env: GathersEnv) {
    this.#env = env;
    const isOn = ([name]: [string, Gatherable]): boolean =>
      env.names.some((chosen) => chosen === 'all' || chosen === name);
    this.#kinds = new Map(Object.entries<Gatherable>(gatherable).filter(isOn));
  }

  /** False: it is not gathered. `keys[0, count)` are the arguments of the client's request that are keys. */
  take(client: Client, command: Command, keys: readonly number[], count: number): boolean {
    const kind = this.#kinds.get(command.name);
    if (kind === undefined) return false;
    const { request } = client;
    const combine = kind.combine(request, keys[count - 1]!, count);
    if (combine instanceof Uint8Array) client.answer(combine);
    else if (count > KEYS_MAX) client.answer(TOO_MANY_KEYS);
    else {
      const { limits, serverVersion } = this.#env;
      const style = { version: client.respVersion, scores: scoreStyle(serverVersion()) };
      const chosen = distinctKeys(request, keys.slice(0, count));
      const order = { client, command, kind, combine, style, limits, ...chosen };
      new Gathering(order, this.#env).start();
    }
    return true;
  }
}

function distinctKeys(
  request: RequestFramer,
  positions: readonly number[],
): { keys: GatherKey[]; operands: number[] } {
  const places = new Map<string, number>();
  const keys: GatherKey[] = [];
  const operands = positions.map((position) => {
    const start = request.offsets[2 * position]!;
    // Copied: the request is gone after the call.
    const bytes = new Uint8Array(request.bytes.subarray(start, request.offsets[2 * position + 1]));
    const name = Buffer.from(bytes).toString('latin1');
    const place = places.get(name) ?? keys.length;
    if (place === keys.length) keys.push({ bytes, slot: slotOfKey(request, position) });
    places.set(name, place);
    return place;
  });
  return { keys, operands };
}
