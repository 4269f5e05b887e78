/**
 * PUBLISH and SPUBLISH: a write to the shard that the channel lives at, so that it waits for holds, keeps its order with
 * the client's other commands, and is never sent twice.
 */
import { invariant } from '@keyfleet/runtime';
import type { Client } from '../downstream/client.ts';
import type { Handlers, Router } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import { NO_REQUEST, type ReplySink } from '../upstream/reply-sink.ts';
import { argumentBytes } from './arguments.ts';
import type { Audience } from './audience.ts';
import type { Kind } from './kind.ts';
import { toName } from './name.ts';
import { publishSlot } from './place.ts';
import { correctedCount, Receivers } from './receivers.ts';
import { nameRefusal } from './refusals.ts';

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
  const name = toName(argumentBytes(request, 1));
  const refused = nameRefusal(kind, name);
  if (refused !== null) return client.answer(refused);
  const slot = reachableSlot(publishSlot(kind, name, request), kind, routing);
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

/** Where servers share messages, a shard that is away need not be waited for: any other will do. */
function reachableSlot(slot: number, kind: Kind, { traits, shards, owners }: Routing): number {
  const mayBeAnywhere = traits.sharesMessages && kind === 'channel';
  if (!mayBeAnywhere || shards[owners[slot]!]?.isReachable() === true) return slot;
  const other = owners.findIndex((owner) => shards[owner]?.isReachable() === true);
  return other === -1 ? slot : other;
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
