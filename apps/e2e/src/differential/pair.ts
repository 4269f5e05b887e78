/** A plain server and a platform of three shards, which run the same program. */
import type { Reply } from '@keyfleet/resp';
import { startRedis } from '@keyfleet/testkit';
import { Platform } from '../platform.ts';
import { RawClient, serverOf, type Command, type Server } from '../raw-client.ts';
import type { Payloads } from './grammar.ts';
import type { Pair } from './round.ts';
import { LIBRARIES } from './vocabulary.ts';

export async function startPair(stack: AsyncDisposableStack): Promise<Pair> {
  const plain = stack.use(await startRedis());
  const platform = stack.use(await Platform.start('--shards', '3', '--replicas', '0'));
  const { shards } = await platform.status();
  const servers = [plain, ...shards.map(({ primary }) => serverOf(primary!.address))];
  const clients = await Promise.all(servers.map((server) => RawClient.connect(server)));
  const proxy = { host: platform.host, port: platform.port };
  // The proxy has to know: it gives servers the scripts that they lack.
  const proxyClient = await RawClient.connect(proxy);
  for (const client of [...clients, proxyClient]) stack.use(client);
  return {
    plain,
    proxy,
    clear: async () => {
      await proxyClient.call('SCRIPT', 'FLUSH');
      await Promise.all(clients.map((client) => client.pipeline(CLEARING)));
    },
  };
}

const CLEARING: readonly Command[] = [['FLUSHALL'], ['FUNCTION', 'FLUSH'], ['SCRIPT', 'FLUSH']];

/** Something of each type, and what DUMP makes of it. */
const made: readonly Command[] = [
  ['SET', 'dump:0', 'text'],
  ['SET', 'dump:1', '17'],
  ['RPUSH', 'dump:2', 'a', 'b'],
  ['SADD', 'dump:3', '1', '2'],
  ['ZADD', 'dump:4', '1', 'm1'],
  ['HSET', 'dump:5', 'm1', 'v'],
];

export async function dumpsOf(server: Server): Promise<Payloads> {
  using client = await RawClient.connect(server);
  await client.pipeline([...made, ['FUNCTION', 'LOAD', LIBRARIES[0]!]]);
  const keys = await client.pipeline(made.map(([, key]) => ['DUMP', key!]));
  const functions = await client.pipeline([['FUNCTION', 'DUMP']]);
  return { keys: keys.map(bytesOf), functions: functions.map(bytesOf) };
}

function bytesOf(dump: Reply): Uint8Array {
  return typeof dump === 'string' ? Buffer.from(dump) : (dump as Uint8Array);
}

/** As "7.0.15". */
export async function versionOf(server: Server): Promise<string> {
  using client = await RawClient.connect(server);
  const info = (await client.call('INFO', 'server')) as string;
  return /^(?:redis|valkey)_version:(.*)\r$/m.exec(info)![1]!;
}

/** Names of all commands and subcommands that it has. */
export async function commandsOf(server: Server): Promise<ReadonlySet<string>> {
  using client = await RawClient.connect(server);
  const infos = (await client.call('COMMAND')) as unknown as CommandInfo[];
  const subcommands = infos.flatMap((info) => info[9]);
  return new Set([...infos, ...subcommands].map(([name]) => name));
}

/** Of an entry of COMMAND, the name and the subcommands. */
type CommandInfo = { readonly 0: string; readonly 9: readonly CommandInfo[] } & readonly unknown[];
