import { encode } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import type { Routing } from '../route/routing.ts';

/**
 * Answers the client's current request with what `work` makes, and lets nothing of the client go before that. The request
 * can be read until `work` first awaits.
 */
export function answerLater(
  client: Client,
  { closedError, shards }: Routing,
  work: () => Promise<Uint8Array>,
): void {
  if (closedError !== null) return client.answer(closedError);
  if (shards.length === 0) return client.answer(errors.slotNotServed);
  const token = client.reserve();
  client.stayAlone();
  work().then(
    (reply) => client.onReply(token, reply, 0, reply.length),
    // A server answered what no server answers.
    (error: unknown) => client.onFailure(token, encode.errorReply(`ERR ${String(error)}`)),
  );
}
