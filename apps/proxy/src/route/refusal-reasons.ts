/**
 * Why commands are refused, as the client is told and docs/commands.md says. A text that Redis itself has for a server
 * that does not do it is given instead: clients may know it.
 */
import { commands, type Command } from '@keyfleet/commands';

type Refusal = {
  /** Completes "… is not available through the proxy: ". */
  readonly reason: string;
  readonly commands: readonly string[];
  /** Redis' own error, by command. */
  readonly redisTexts?: Readonly<Record<string, string>>;
};

const notEnabled = (command: string): string =>
  `ERR ${command} command not allowed. If the enable-${command.toLowerCase()}-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.`;

const notInCluster = (command: string): string => `ERR ${command} not allowed in cluster mode.`;

/** What is refused for good. */
const refusals: readonly Refusal[] = [
  {
    reason: 'which server is primary is decided by the configserver',
    commands: ['failover', 'replicaof', 'slaveof'],
    redisTexts: {
      failover: notInCluster('FAILOVER'),
      replicaof: notInCluster('REPLICAOF'),
      slaveof: notInCluster('REPLICAOF'),
    },
  },
  {
    reason: 'it is what a replica says to its primary, and a replica is told its primary by the configserver',
    commands: ['psync', 'replconf', 'sync'],
  },
  {
    reason: 'when servers save is a setting of the cluster (persistence)',
    commands: ['bgrewriteaof', 'bgsave', 'save'],
  },
  {
    reason: 'servers are started and stopped by the platform',
    commands: ['shutdown'],
  },
  {
    reason: "a server's configuration file is written by the platform, from the manifest",
    commands: ['config|rewrite'],
  },
  {
    reason: 'slots, nodes and epochs are those of the configserver (keyfleet scale)',
    commands: [
      'cluster|addslots', 'cluster|addslotsrange', 'cluster|bumpepoch', 'cluster|cancelslotmigrations', 'cluster|delslots',
      'cluster|delslotsrange', 'cluster|failover', 'cluster|flushslot', 'cluster|flushslots', 'cluster|forget', 'cluster|meet', 'cluster|migrateslots',
      'cluster|replicate', 'cluster|reset', 'cluster|saveconfig', 'cluster|set-config-epoch', 'cluster|setslot',
      'cluster|syncslots',
    ],
  },
  {
    reason: 'the nodes that clients see are the proxies, and these have no such thing',
    commands: [
      'cluster|count-failure-reports', 'cluster|getslotmigrations', 'cluster|links', 'cluster|replicas', 'cluster|slaves',
      'cluster|slot-stats',
    ],
  },
  {
    reason: 'SCAN goes over all shards',
    commands: ['clusterscan'],
  },
  {
    reason: 'users made at a server would be of one shard only, and gone with it',
    commands: ['acl|deluser', 'acl|dryrun', 'acl|load', 'acl|save', 'acl|setuser'],
  },
  {
    reason: 'modules are loaded by the configuration of the servers',
    commands: ['module|load', 'module|loadex', 'module|unload'],
    redisTexts: {
      'module|load': notEnabled('MODULE'),
      'module|loadex': notEnabled('MODULE'),
      'module|unload': notEnabled('MODULE'),
    },
  },
  {
    reason: 'it is for tests of a server, and stops it or changes it',
    commands: ['debug', 'pfdebug', 'pfselftest'],
    redisTexts: { debug: notEnabled('DEBUG') },
  },
  {
    reason: 'the debugger stops the server, and with it all clients',
    commands: ['script|debug'],
  },
  {
    reason: 'all shards would have to do it at the same moment',
    commands: ['swapdb'],
    redisTexts: { swapdb: 'ERR SWAPDB is not allowed in cluster mode' },
  },
  {
    reason: 'the keys would be where no proxy looks for them',
    commands: ['migrate'],
  },
  {
    reason: 'it is a state of the connection to the server, which clients share',
    commands: ['client|import-source'],
  },
]; // prettier-ignore

type Reason = { readonly reason: string; readonly redisText: string | undefined };

const byName: ReadonlyMap<string, Reason> = new Map(
  refusals.flatMap(({ reason, redisTexts, commands: names }) =>
    names.map((name): [string, Reason] => [name, { reason, redisText: redisTexts?.[name] }]),
  ),
);

export const refusedNames: readonly string[] = [...byName.keys()];

/** Completes "… is not available through the proxy: ". */
export function refusalReason(command: Command): string {
  return byName.get(command.name)?.reason ?? reasonByKind(command);
}

export function refusalText(command: Command): string {
  const own = byName.get(command.name)?.redisText;
  if (own !== undefined) return own;
  const name = command.name.replace('|', ' ').toUpperCase();
  return `ERR ${name} is not available through the proxy: ${refusalReason(command)}`;
}

/** Of a command that is not listed: a module's, or one that is refused without keys only. */
function reasonByKind(command: Command): string {
  const isForeign = commands[command.index] === undefined;
  if (isForeign && command.isBlocking)
    return 'it blocks, and would stop the connection that clients share';
  if (isForeign && (command.isAdmin || command.isPubsub))
    return 'it changes the server, or the connection that clients share';
  if (isForeign && command.hasKeys) return 'the server does not tell where all its keys are';
  return command.hasKeys
    ? 'it names no key here, and belongs to no shard'
    : 'it names no key, and one shard does not have the whole answer';
}
