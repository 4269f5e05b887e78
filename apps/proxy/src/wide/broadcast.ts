/** Commands that go to every shard as they are, and whose replies become one by the command's response policy. */
import type { Command } from '@keyfleet/commands';
import type { Client } from '../downstream/client.ts';
import { errors } from '../route/replies.ts';
import type { Handler } from '../route/router.ts';
import { answerLater } from './answer-later.ts';
import { combine } from './combine.ts';
import { failureOf, isError } from './failure.ts';
import type { ShardAnswer, ShardCalls } from './shard-calls.ts';

/** One reply of all shards', none of which is an error. */
export type Join = (answers: readonly ShardAnswer[], client: Client) => Uint8Array;

const byPolicy =
  ({ responsePolicy }: Command): Join =>
  (answers, client) =>
    combine(
      responsePolicy,
      answers.map(({ reply }) => reply),
      client.respVersion,
    );

/** Without `join`: by the response policy. A shard that fails makes the command fail, where one is not enough. */
export function broadcast(calls: ShardCalls, join?: Join): Handler {
  return (client, command) => {
    const request = wholeRequest(client);
    answerLater(client, calls.routing, async () => {
      const answers = await calls.all({ client, request, isWrite: command.isWrite });
      return joined(command, answers, () => (join ?? byPolicy(command))(answers, client));
    });
  };
}

/** To one shard, whichever: all answer alike. */
export function askAny(calls: ShardCalls): Handler {
  return (client, { isWrite }) => {
    const request = wholeRequest(client);
    answerLater(client, calls.routing, () => calls.any({ client, request, isWrite }));
  };
}

/** The reply that `join` makes, or the error of the shards that failed. */
export function joined(
  command: Command,
  answers: readonly ShardAnswer[],
  join: () => Uint8Array,
): Uint8Array {
  if (answers.length === 0) return errors.holdLimit;
  const name = command.name.toUpperCase().replace('|', ' ');
  const oneSucceeded = answers.find(({ reply }) => !isError(reply));
  if (command.responsePolicy === 'one_succeeded' && oneSucceeded !== undefined)
    return oneSucceeded.reply;
  return failureOf(answers, { name, isWrite: command.isWrite }) ?? join();
}

/** The client's current request, in memory of its own. */
export function wholeRequest({ request }: Client): Uint8Array {
  // `slice` of a Buffer would share its memory.
  return new Uint8Array(request.bytes.subarray(request.start, request.end));
}
