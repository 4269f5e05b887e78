/** A plain server and a platform of three shards, which run the same program. */
import { startRedis } from '@keyfleet/testkit';
import { Platform } from '../platform.ts';
import { RawClient, serverOf, type Command, type Server } from '../raw-client.ts';
import type { Pair } from './round.ts';

export async function startPair(stack: AsyncDisposableStack): Promise<Pair> {
  const plain = stack.use(await startRedis());
  const platform = stack.use(await Platform.start('--shards', '3', '--replicas', '0'));
  const { shards } = await platform.status();
  const servers = [plain, ...shards.map(({ primary }) => serverOf(primary!.address))];
  const clients = await Promise.all(servers.map((server) => RawClient.connect(server)));
  for (const client of clients) stack.use(client);
  return {
    plain,
    proxy: { host: platform.host, port: platform.port },
    clear: async () => {
      await Promise.all(
        clients.map((client) => client.pipeline([['FLUSHALL'], ['FUNCTION', 'FLUSH']])),
      );
    },
  };
}

/** Something of each type, and what DUMP makes of it. */
const made: readonly Command[] = [
  ['SET', 'dump:0', 'text'],
  ['SET', 'dump:1', '17'],
  ['RPUSH', 'dump:2', 'a', 'b'],
  ['SADD', 'dump:3', '1', '2'],
  ['ZADD', 'dump:4', '1', 'm1'],
  ['HSET', 'dump:5', 'm1', 'v'],
];

export async function dumpsOf(server: Server): Promise<Uint8Array[]> {
  using client = await RawClient.connect(server);
  await client.pipeline(made);
  const dumps = await client.pipeline(made.map(([, key]) => ['DUMP', key!]));
  return dumps.map((dump) => (typeof dump === 'string' ? Buffer.from(dump) : (dump as Uint8Array)));
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
