/**
 * PUBLISH and SPUBLISH: a write to the shard that the channel lives at, so that it waits for holds, keeps its order with
 * the client's other commands, and is never sent twice.
 */
import { encode } from '@keyfleet/resp';
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
import { nameRefusal } from './refusals.ts';

const COLON = 0x3a;
const ZERO = 0x30;

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
  const slot = publishSlot(kind, name, request);
  const connection = router().admit(client, slot, true);
  if (connection === null) return;
  const shard = routing.shards[routing.owners[slot]!]!.id;
  const upstream = audience.upstreamOf(kind, name, shard);
  if (upstream === 0 && !audience.hasClientsOf(kind, name)) {
    return router().send(client, connection, slot, true);
  }
  const { bytes, start, end } = request;
  const sink = new Publication(client, upstream, {
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
  readonly #upstreamBefore: number;
  readonly #counts: Counts;

  constructor(client: Client, upstreamBefore: number, counts: Counts) {
    this.owner = client;
    this.#upstreamBefore = upstreamBefore;
    this.#counts = counts;
  }

  onReply(token: number, bytes: Uint8Array, start: number, end: number): void {
    const counted = countOf(bytes, start, end);
    const ours = Math.max(this.#upstreamBefore, this.#counts.upstream());
    const corrected = Math.max(0, counted - ours) + this.#counts.clients();
    if (counted < 0 || corrected === counted) return this.owner.onReply(token, bytes, start, end);
    const reply = encode.integer(corrected);
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

/** Of `:n`; -1: it is an error. */
function countOf(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== COLON) return -1;
  let count = 0;
  for (let at = start + 1; at < end - 2; at++) count = 10 * count + (bytes[at]! - ZERO);
  return count;
}
