/**
 * PUBLISH and SPUBLISH: a write to the shard that the channel lives at, so that it waits for holds, keeps its order with
 * the client's other commands, and is never sent twice.
 */
import { decodeReply, encode } from '@keyfleet/resp';
import { invariant } from '@keyfleet/runtime';
import type { Client } from '../downstream/client.ts';
import type { Handlers, Router } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import { NO_REQUEST, type ReplySink } from '../upstream/reply-sink.ts';
import { argumentBytes } from './arguments.ts';
import type { Audience } from './audience.ts';
import type { Kind } from './kind.ts';
import { toName } from './name.ts';
import { isReserved, publishSlot } from './place.ts';
import { reservedChannel } from './refusals.ts';

export type PublishEnv = {
  readonly routing: Routing;
  readonly router: () => Pick<Router, 'admit' | 'send'>;
  readonly audience: Audience;
};

export function publishHandlers(env: PublishEnv): Handlers {
  return [
    ['publish', (client) => publish(client, 'channel', env)],
    ['spublish', (client) => publish(client, 'shardChannel', env)],
  ];
}

function publish(client: Client, kind: Kind, { routing, router, audience }: PublishEnv): void {
  const { request } = client;
  const channel = argumentBytes(request, 1);
  const name = toName(channel);
  if (isReserved(name)) return client.answer(reservedChannel);
  const slot = publishSlot(kind, channel, argumentBytes(request, 2));
  const connection = router().admit(client, slot, true);
  if (connection === null) return;
  const shard = routing.shards[routing.owners[slot]!]!.id;
  if (!audience.isConcerned(kind, name, shard)) {
    return router().send(client, connection, slot, true);
  }
  const { bytes, start, end } = request;
  const sink = new Publication(client, {
    upstream: () => audience.upstreamOf(kind, name, shard),
    clients: () => audience.clientsOf(kind, name),
  });
  const token = client.reserve();
  connection.send({ ...NO_REQUEST, sink, token, slot, isWrite: true, bytes, start, end });
}

type Counts = { readonly upstream: () => number; readonly clients: () => number };

/**
 * Corrects the count of those who hear a message. The server counts this process once for the channel and for each pattern;
 * what counts is its clients. What the server had of ours is known before and after: the larger is taken away.
 */
class Publication implements ReplySink {
  readonly owner: Client;
  readonly #counts: Counts;
  readonly #upstreamBefore: number;

  constructor(client: Client, counts: Counts) {
    this.owner = client;
    this.#counts = counts;
    this.#upstreamBefore = counts.upstream();
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    const counted = decodeReply(bytes, start, end);
    if (typeof counted !== 'number') return this.owner.onReply(token, bytes, start, end);
    const ours = Math.max(this.#upstreamBefore, this.#counts.upstream());
    const reply = encode.integer(Math.max(0, counted - ours) + this.#counts.clients());
    this.owner.onReply(token, reply, 0, reply.length);
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
