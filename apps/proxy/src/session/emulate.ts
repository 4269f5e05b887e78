import { encode } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { Handler } from '../route/router.ts';
import { requestOf } from './request-of.ts';
import type { Step } from './transaction.ts';

export type HandlerOf = (name: string) => Handler;

/** What the proxy's own handler answers to a command of a transaction, now. */
export function emulate(
  client: Client,
  { command, frame }: Step,
  handlerOf: HandlerOf,
): Uint8Array {
  const { request: current } = client;
  client.request = requestOf(frame);
  client.captured = null;
  handlerOf(command.name)(client, command);
  const { captured } = client;
  client.captured = undefined;
  client.request = current;
  return captured ?? encode.errorReply(`ERR '${command.name}' cannot be answered inside MULTI`);
}
