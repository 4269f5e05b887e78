/**
 * PUBLISH and SPUBLISH: a write to the shard that the channel lives at, so that it waits for holds, keeps its order with
 * the client's other commands there, and is never sent twice. Where servers share messages, PUBLISH goes to the shard that this
 * process listens at (shared-home.ts), and keeps the order of all channels. What scripts and transactions publish goes where
 * they run.
 */
import { invariant } from '@keyfleet/runtime';
import type { Client } from '../downstream/client.ts';
import type { Handlers, Router } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import { NO_REQUEST, type ReplySink } from '../upstream/reply-sink.ts';
import { argumentBytes } from './arguments.ts';
import type { Audience } from './audience.ts';
import type { Hub } from './hub.ts';
import type { Kind } from './kind.ts';
import { toName } from './name.ts';
import { publishSlot } from './place.ts';
import { correctedCount, Receivers } from './receivers.ts';
import { nameRefusal } from './refusals.ts';
import type { ShardFeed } from './shard-feed.ts';
import type { Subscriber } from './subscriber.ts';

export type PublishEnv = {
  readonly routing: Routing;
  readonly router: () => Pick<Router, 'admit' | 'send'>;
  readonly hub: Hub<Subscriber, ShardFeed>;
  readonly audience: Audience;
};

export function publishHandlers(env: PublishEnv): Handlers {
  return [
    ['publish', (client) => publish(client, 'channel', env)],
    ['spublish', (client) => publish(client, 'shardChannel', env)],
  ];
}

function publish(client: Client, kind: Kind, env: PublishEnv): void {
  const { routing, router, hub, audience } = env;
  const { request } = client;
  const name = toName(argumentBytes(request, 1));
  const refused = nameRefusal(kind, name);
  if (refused !== null) return client.answer(refused);
  const slot = hub.isShared(kind) ? hub.sharedSlot() : publishSlot(kind, name, request);
  const connection = router().admit(client, slot, true);
  if (connection === null) return;
  const shard = routing.shards[routing.owners[slot]!]!.id;
  const receivers = new Receivers(audience, { kind, channel: name, shard });
  if (receivers.areElsewhere) return router().send(client, connection, slot, true);
  const { bytes, start, end } = request;
  const sink = new Publication(client, receivers);
  const token = client.reserve();
  connection.send({ ...NO_REQUEST, sink, token, slot, isWrite: true, bytes, start, end });
}

/** Waits for the server's count, to correct it. */
class Publication implements ReplySink {
  readonly owner: Client;
  readonly #receivers: Receivers;

  constructor(client: Client, receivers: Receivers) {
    this.owner = client;
    this.#receivers = receivers;
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    const reply = correctedCount(this.#receivers, bytes.subarray(start, end));
    this.owner.onReply(token, reply, 0, reply.length);
  }

  placeOf(token: number): number {
    return token;
  }

  takesParts(): boolean {
    return false;
  }

  onPart(): void {
    invariant(false, 'a count comes whole');
  }

  onPartsEnd(): void {
    invariant(false, 'a count comes whole');
  }

  onFailure(token: number, error: Uint8Array): void {
    this.owner.onFailure(token, error);
  }
}
