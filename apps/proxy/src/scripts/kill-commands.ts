/** SCRIPT KILL, FUNCTION KILL, FUNCTION STATS: at servers that run a script. */
import type { Command } from '@keyfleet/commands';
import { decodeReply, encodeReply, type Reply } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import type { Handlers } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import { answerLater } from '../wide/answer-later.ts';
import { joined, wholeRequest, type Join } from '../wide/broadcast.ts';
import { fieldsOf } from '../wide/fields.ts';
import type { ShardAnswer } from '../wide/shard-calls.ts';

const NOTBUSY = Buffer.from('-NOTBUSY');

export function killHandlers(routing: Routing): Handlers {
  return [
    ['script|kill', (client, command) => kill(routing, client, command)],
    ['function|kill', (client, command) => kill(routing, client, command)],
    ['function|stats', (client, command) => stats(routing, client, command)],
  ];
}

/** One that was killed is enough. Else a shard whose script cannot be killed says more than those that run none. */
function kill(routing: Routing, client: Client, command: Command): void {
  const request = wholeRequest(client);
  answerLater(client, routing, async () => {
    const answers = await askAll(routing, request);
    const busy = answers.filter(({ reply }) => !NOTBUSY.equals(reply.subarray(0, NOTBUSY.length)));
    const telling = busy.length > 0 ? busy : answers;
    return joined(command, telling, () => telling[0]!.reply);
  });
}

function stats(routing: Routing, client: Client, command: Command): void {
  const request = wholeRequest(client);
  answerLater(client, routing, async () => {
    const answers = await askAll(routing, request);
    return joined(command, answers, () => joinStats(answers, client));
  });
}

function askAll({ shards }: Routing, request: Uint8Array): Promise<ShardAnswer[]> {
  const answers = shards.map(async (shard) => ({
    shard,
    reply: await new Promise<Uint8Array>((resolve) => shard.line.ask(request, resolve)),
  }));
  return Promise.all(answers);
}

/** The libraries are the same everywhere; a function runs at one shard. */
const joinStats: Join = (answers, client) => {
  const all = answers.map(({ reply }) => fieldsOf(decodeReply(reply)));
  const running = all.map((fields) => fields.get('running_script')).find((script) => script);
  const engines = [...fieldsOf(all[0]!.get('engines') ?? [])];
  // The line speaks RESP2: what is a map to the client is a list there.
  const merged = new Map<Reply, Reply>([
    ...all[0]!,
    ['running_script', running ? new Map(fieldsOf(running)) : null],
    ['engines', new Map(engines.map(([name, of]) => [name, new Map(fieldsOf(of))]))],
  ]);
  return encodeReply(merged, client.respVersion);
};
