import { commands, loadCommandDocs, type Command } from '@keyfleet/commands';
import {
  dispositionOf,
  gatherNames,
  ownCommands,
  refusalReason,
  type Disposition,
} from './app-tables.ts';
import { code, page, table } from './markdown.ts';
import { upstreamDifferences } from './upstream-differences.ts';

/** Redis 7.0, Redis 8, Valkey 9. */
const SERVERS = 3;

const docs = await loadCommandDocs();

type Feature = keyof typeof ownCommands;

/** What the page says of a disposition, and in its legend. */
const forwarded: Readonly<Record<Exclude<Disposition, 'own'>, readonly [string, string]>> = {
  oneKey: ['yes', 'goes to the shard of its key'],
  sameSlot: [
    'same slot',
    "goes to the shard of its keys, which must share a slot (`{tag}`); else Redis' own `CROSSSLOT`",
  ],
  split: [
    'yes, over shards',
    'its keys may lie anywhere: one request for each shard, one reply. A shard that fails fails the whole, and says so; what other shards wrote stays',
  ],
  refused: [
    'refused',
    "the error says why, as this page does, in Redis' own words where it has some",
  ],
};

const own: Readonly<Record<Feature, readonly [string, string]>> = {
  local: ['proxy', 'the proxy answers it: it concerns the connection, or the proxy'],
  cluster: [
    'proxy, as cluster',
    'the proxies pose as the nodes of a Redis Cluster, for cluster clients: these spread over them, and see no server',
  ],
  reads: ['proxy', 'decides where this connection reads: at replicas, or at primaries'],
  wide: ['all shards', 'every shard is asked, or told; one reply is made of theirs'],
  scripts: [
    'same slot, or none',
    'goes to the shard of its keys, which must share a slot; without keys, to that of slot 0. A shard that lacks the script is given it',
  ],
  transactions: [
    'transaction',
    'what stands between MULTI and EXEC goes to one shard in one go: all keys, those that are watched too, share a slot',
  ],
  blocking: [
    'same slot, blocking',
    'as “same slot”, on a connection to the server that no other client uses meanwhile',
  ],
  pubsub: [
    'pub/sub',
    'messages reach the subscribers at all proxies and shards; each proxy subscribes once for all its clients',
  ],
  tracking: [
    'client-side caching',
    'the servers track what is read, over connections of tracking clients; the proxy knows which of them read a key, and tells them',
  ],
};

const GATHERED = 'same slot; or gathered';
const GATHERED_MEANING =
  'goes to the shard of its keys if these share a slot; else, if the setting `gathers` names it, each key is read from its shard and the proxy makes the reply: not atomic, and bounded (`gather-elements-max`, `gather-bytes-max`)';

const groupTitles: Readonly<Record<string, string>> = {
  generic: 'Keys', string: 'Strings', hash: 'Hashes', list: 'Lists', set: 'Sets', 'sorted-set': 'Sorted sets',
  stream: 'Streams', bitmap: 'Bitmaps', hyperloglog: 'HyperLogLogs', geo: 'Geo', module: 'Vector sets',
  transactions: 'Transactions', scripting: 'Scripts and functions', pubsub: 'Pub/sub', connection: 'Connection',
  server: 'Server', cluster: 'Cluster',
}; // prettier-ignore

/** Besides `refused`: where a command that is done is not done in full. */
const notes: Readonly<Record<string, string>> = {
  'slowlog|get':
    'and what clients of this proxy waited for; where the time went is at the admin port, `/slowlog`',
  ping: '`BUSY` while the shard where scripts without keys run is busy',
  sort: 'so must patterns of `BY` and `GET`, by a tag before their `*`',
  sort_ro: 'so must patterns of `BY` and `GET`, by a tag before their `*`',
  select: 'databases as the setting `databases` says, where the servers have as many',
};

export function commandsPage(): string {
  const groups = groupsOfCommands();
  const asked = commands.filter(isRequest);
  const refused = asked.filter((command) => dispositionOf(command) === 'refused');
  const sections = Object.entries(groupTitles).flatMap(([group, title]) => {
    const rows = asked.filter(({ name }) => groups[name] === group).map(rowOf);
    return rows.length === 0
      ? []
      : [`## ${title}`, table(['command', 'through the proxy', 'known to'], rows)];
  });
  return page(
    'Commands through the proxy',
    'libs/commands and apps/proxy/src/route',
    `All commands of Redis 7.0, Redis 8 and Valkey 9: ${asked.length}, of which ${refused.length} are refused.`,
    table(['', 'what is done'], legend()),
    "A command that is not here but that the servers know, a module's for one, goes to the shard of its keys as the server's `COMMAND INFO` tells them; they must share a slot. It is refused if it blocks, if it is for admins, if it has no keys, or if the server does not tell where they are.",
    'What only some servers know is answered by the others with their own error.',
    "While a shard runs a script or a function for longer than `busy-reply-threshold`, its commands hear its server's `BUSY`, those of other shards go on, and `SCRIPT KILL`, `FUNCTION KILL` and `FUNCTION STATS` reach it. What was sent before the server said so waits for the script's end, behind it.",
    '## By what is behind the proxy',
    'The rest of this page is about shards of Keyfleet. Before a Redis Cluster, or one server, it is the same but for this:',
    upstreamDifferences(),
    ...sections,
  );
}

function legend(): string[][] {
  const meanings = [
    forwarded.oneKey,
    forwarded.sameSlot,
    forwarded.split,
    [GATHERED, GATHERED_MEANING],
    ...Object.entries(own)
      .filter(([feature]) => ownCommands[feature as Feature].length > 0)
      .map(([, meaning]) => meaning),
    forwarded.refused,
  ] as const;
  return meanings.map(([word, meaning]) => [word, meaning]);
}

function rowOf(command: Command): string[] {
  const name = code(command.name.replace('|', ' ').toUpperCase());
  const note = notes[command.name];
  const done = whatIsDone(command);
  return [name, note === undefined ? done : `${done} (${note})`, knownTo(command)];
}

function knownTo({ servers }: Command): string {
  return servers.length === SERVERS ? 'all' : servers.join(' ');
}

/** A container such as CONFIG is a command only with one of its subcommands. */
function isRequest(command: Command): boolean {
  return command.subcommands.length === 0 || dispositionOf(command) !== 'refused';
}

function whatIsDone(command: Command): string {
  const disposition = dispositionOf(command);
  if (disposition === 'own') return own[featureOf(command.name)][0];
  const [word] = forwarded[disposition];
  if (disposition === 'refused') return `${word}: ${refusalReason(command)}`;
  if (disposition === 'sameSlot' && hasOneKey(command)) return forwarded.oneKey[0];
  return (gatherNames as readonly string[]).includes(command.name) ? GATHERED : word;
}

/** Wherever it stands. */
function hasOneKey({ keySpecs }: Command): boolean {
  return (
    keySpecs.length === 1 && keySpecs.every(({ find }) => find.by === 'range' && find.lastkey === 0)
  );
}

function featureOf(name: string): Feature {
  const features = Object.entries(ownCommands) as [Feature, readonly string[]][];
  return features.find(([, names]) => names.includes(name))![0];
}

/** By command; a subcommand that documents none is in its container's. */
function groupsOfCommands(): Readonly<Record<string, string>> {
  const groups: Record<string, string> = {};
  for (const { name, container } of commands) {
    const group = docs[name]?.['group'] ?? docs[container?.name ?? '']?.['group'];
    groups[name] = typeof group === 'string' && group in groupTitles ? group : 'module';
  }
  return groups;
}
