/**
 * CLIENT NO-TOUCH: what the client does counts for no key's LRU or LFU. The servers do that (TOUCH excepted) on
 * connections that they were told so of; so such clients share connections of a class of their own.
 */
import { encodeCommand } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { argumentText } from '../route/refusals.ts';
import { errors, OK } from '../route/replies.ts';
import type { Handler } from '../route/router.ts';
import { wordTable } from '../route/word-table.ts';
import { withNoTouch } from '../upstream/connection-class.ts';
import { answerLater } from '../wide/answer-later.ts';
import { isError } from '../wide/failure.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';

const onOrOff = wordTable({ on: true, off: false });

export function noTouchHandler(calls: ShardCalls): Handler {
  return (client) => {
    // Its commands go over other connections from here on.
    if (!client.isQuietOrWaits()) return;
    // Those of Redis 7.0 do not know it: their error is the answer. Off is what a shared connection is anyway.
    const request = encodeCommand(['CLIENT', argumentText(client.request, 1), 'OFF']);
    const isOn = onOrOff.get(argumentText(client.request, 2).toLowerCase());
    answerLater(client, calls.routing, async () => {
      const reply = await calls.any({ client, request, isWrite: false });
      return isError(reply) ? reply : switched(client, isOn);
    });
  };
}

function switched(client: Client, isOn: boolean | undefined): Uint8Array {
  if (isOn === undefined) return errors.syntax;
  client.connectionClass = withNoTouch(client.connectionClass, isOn);
  return OK;
}
