/** Every command that is about all shards, by name. */
import type { Clock } from '@keyfleet/runtime';
import { encodeReply } from '@keyfleet/resp';
import type { Handler, Handlers } from '../route/router.ts';
import type { Processes } from '../workers/processes.ts';
import { aclHandlers } from './acl.ts';
import { askAny, broadcast, type Join } from './broadcast.ts';
import { combine } from './combine.ts';
import { configHandlers, type OwnConfig } from './config.ts';
import { flushHandlers } from './flush.ts';
import { infoHandler, type OwnInfo } from './info/info.ts';
import { keysHandlers } from './keys.ts';
import { latencyHandlers } from './latency.ts';
import { joinMemoryStats } from './memory-stats.ts';
import { scanHandlers } from './scan/scan.ts';
import type { KeptConfig } from './kept-config.ts';
import type { ShardCalls } from './shard-calls.ts';
import { isSlowLogSetting, slowLogHandlers } from './slow-log.ts';
import { joinTexts } from './texts.ts';

export type WideEnv = {
  readonly calls: ShardCalls;
  readonly settings: OwnConfig;
  readonly kept: KeptConfig;
  /** Of all processes of the proxy. */
  readonly askOwnInfo: () => Promise<OwnInfo>;
  readonly processes: Processes;
  /** In [0, 1). */
  readonly random: () => number;
  readonly sleep: Clock['sleep'];
};

/** All servers answer them alike. */
const ANYWHERE = [
  'acl|cat', 'acl|genpass', 'acl|help', 'command|help', 'commandlog|help', 'config|help', 'latency|help', 'lolwut', 'memory|help', 'module|help', 'module|list', 'object|help', 'script|help',
  'script|show', 'slowlog|help', 'time', 'xgroup|help', 'xinfo|help',
] as const; // prettier-ignore

const ROLE = encodeReply(['master', 0, []], 2);

export function wideHandlers({ calls, askOwnInfo, random, sleep, ...env }: WideEnv): Handlers {
  const anywhere = askAny(calls);
  return [
    ...ANYWHERE.map((name): [string, Handler] => [name, anywhere]),
    ...keysHandlers({ calls, random }),
    ...scanHandlers(calls),
    ...flushHandlers(calls),
    ...configHandlers({
      ...{ calls, own: env.settings, kept: env.kept },
      onSet: (setting) => {
        if (isSlowLogSetting(setting)) env.processes.tell('slowLogSet', setting);
      },
    }),
    infoHandler({ calls, sleep, askOwn: askOwnInfo }),
    ...latencyHandlers(calls),
    ...aclHandlers(),
    ...slowLogHandlers(calls, env.processes),
    ['memory|purge', broadcast(calls)],
    ['memory|stats', broadcast(calls, joinMemoryStats)],
    ...['memory|doctor', 'memory|malloc-stats', 'latency|doctor'].map((name): [string, Handler] => [
      name,
      broadcast(calls, joinTexts),
    ]),
    ['lastsave', broadcast(calls, oldestSave)],
    ['role', (client) => client.answer(ROLE)],
  ];
}

/** Everything is saved that was written before the oldest of the last saves. */
const oldestSave: Join = (answers, client) =>
  combine(
    'agg_min',
    answers.map(({ reply }) => reply),
    client.respVersion,
  );
