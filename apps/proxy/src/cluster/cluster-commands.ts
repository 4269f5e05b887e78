/** CLUSTER …, READONLY and the like, for clients that believe that they speak to a Redis Cluster. */
import { encode, encodeReply, type Reply } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import type { Client } from '../downstream/client.ts';
import { OK } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import { clusterHelp } from './cluster-help.ts';
import {
  clusterInfo,
  clusterNodes,
  clusterShards,
  clusterSlots,
  type ProxyNode,
} from './cluster-replies.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';
import { hostAndPort, type ProxyDirectory } from './proxy-directory.ts';
import { slotKeyHandlers } from './slot-keys.ts';

type Show = (nodes: readonly ProxyNode[]) => Reply;

export function clusterHandlers(directory: ProxyDirectory, calls: ShardCalls): Handlers {
  const { ownId } = directory;
  const shows: [string, Show][] = [
    ['cluster|slots', clusterSlots],
    ['cluster|shards', clusterShards],
    ['cluster|nodes', (nodes) => verbatim(clusterNodes(nodes, ownId))],
    ['cluster|info', (nodes) => verbatim(clusterInfo(nodes.length))],
  ];
  const answers: [string, (client: Client) => Uint8Array][] = [
    ['cluster|myid', () => encode.bulk(ownId)],
    ['cluster|myshardid', () => encode.bulk(ownId)],
    ['cluster|help', (client) => encodeReply(clusterHelp.map(status), client.respVersion)],
    ['cluster|keyslot', (client) => encode.integer(slotOfArgument(client))],
    // What it turns on is always so here.
    ['asking', () => OK],
  ];
  return [
    ...slotKeyHandlers(calls),
    ...shows.map(([name, show]): Handlers[number] => [
      name,
      (client) => answerLater(client, directory, show),
    ]),
    ...answers.map(([name, answer]): Handlers[number] => [
      name,
      (client) => client.answer(answer(client)),
    ]),
  ];
}

function answerLater(client: Client, directory: ProxyDirectory, show: Show): void {
  const token = client.reserve();
  const { respVersion } = client;
  void directory.nodes(hostAndPort(client.connection.localAddress)).then((nodes) => {
    const reply = encodeReply(show(nodes), respVersion);
    client.onReply(token, reply, 0, reply.length);
  });
}

function slotOfArgument({ request }: Client): number {
  return keySlot(request.bytes, request.offsets[4]!, request.offsets[5]!);
}

function status(text: string): Reply {
  return { type: 'status', text };
}

function verbatim(text: string): Reply {
  return { type: 'verbatim', format: 'txt', text };
}
