/** WATCH and UNWATCH: which client watches what. */
import { extractKeys, type Command } from '@keyfleet/commands';
import { encode } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { errors, OK } from '../route/replies.ts';
import { slotOfKey, type Handlers } from '../route/router.ts';
import type { WayEnv } from './private-way.ts';
import { frameOf } from './request-of.ts';
import { reservedAmong } from './reserved-among.ts';
import { Watch } from './watch.ts';

const INSIDE_MULTI = encode.errorReply('ERR WATCH inside MULTI is not allowed');

export class Watches {
  readonly #env: WayEnv;
  readonly #watches = new Map<Client, Watch>();

  constructor(env: WayEnv) {
    this.#env = env;
  }

  handlers(): Handlers {
    return [
      ['watch', (client, command) => this.#watch(client, command)],
      ['unwatch', (client) => this.#unwatch(client)],
    ];
  }

  of(client: Client): Watch | undefined {
    return this.#watches.get(client);
  }

  end(client: Client): void {
    const watch = this.#watches.get(client);
    if (watch === undefined) return;
    this.#watches.delete(client);
    watch.end();
  }

  /** A slot that went to another shard and comes back may have been written to there. */
  onApplied(): void {
    for (const watch of this.#watches.values()) watch.onApplied();
  }

  #watch(client: Client, command: Command): void {
    if ((client.mode & MODE.queueing) !== 0) return client.answer(INSIDE_MULTI);
    const { request } = client;
    const keys: number[] = [];
    const count = extractKeys(command, request, keys);
    const known = this.#watches.get(client);
    const slot = known?.slot ?? slotOfKey(request, keys[0]!);
    if (!keys.every((key) => this.#env.routing.goTogether(slot, slotOfKey(request, key))))
      return client.answer(errors.crossSlot);
    const reserved = reservedAmong(request, keys);
    if (reserved !== null) return client.answer(reserved);
    // A write of its own that is on its way would be taken for a conflict.
    if (!client.isQuietOrWaits()) return;
    const watch = known ?? new Watch(client, slot, this.#env, () => this.#watches.delete(client));
    this.#watches.set(client, watch);
    watch.keyCount += count;
    watch.add(frameOf(request), client.reserve());
    client.stayAlone();
  }

  #unwatch(client: Client): void {
    this.end(client);
    client.answer(OK);
  }
}
