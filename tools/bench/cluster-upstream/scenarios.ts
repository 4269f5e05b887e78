/** What happens to the cluster and how long it is watched, as data: a scenario more is an entry more. */
import { freeze, hang, HANG_MS, kill, promote, reshard, type Event } from './events.ts';

export type Scenario = {
  readonly name: string;
  readonly title: string;
  readonly what: string;
  /** `cluster-node-timeout`: how long a node may be silent until its replica takes over. */
  readonly nodeTimeoutMs: number;
  /** Shards that it happens to, the first as the event is told. */
  readonly hit: (round: number) => readonly [number, ...number[]];
  readonly event: Event;
  /** When the event is over. */
  readonly watchMs: number;
};

export const SHARDS = 3;

const NODE_TIMEOUT_MS = 2000;
const NO_FAILOVER_MS = 60_000;
/** The failover of the cluster, and the longest that Envoy waits with the article's settings until it looks again. */
const FAILOVER_WATCH_MS = 20_000;

const oneAfterTheOther: Scenario['hit'] = (round) => [round % SHARDS];

export const scenarios: readonly Scenario[] = [
  {
    name: 'kill',
    title: 'A primary is killed',
    what: `SIGKILL; cluster-node-timeout ${NODE_TIMEOUT_MS} ms; watched for ${FAILOVER_WATCH_MS / 1000} s, in which it stays away. As by default, all shards refuse while the cluster lacks slots (\`cluster-require-full-coverage\`).`,
    nodeTimeoutMs: NODE_TIMEOUT_MS,
    hit: oneAfterTheOther,
    event: kill,
    watchMs: FAILOVER_WATCH_MS,
  },
  {
    name: 'freeze',
    title: 'A primary freezes',
    what: 'SIGSTOP: its connections stay open and nothing answers. Else as above.',
    nodeTimeoutMs: NODE_TIMEOUT_MS,
    hit: oneAfterTheOther,
    event: freeze,
    watchMs: FAILOVER_WATCH_MS,
  },
  {
    name: 'promotion',
    title: 'A replica is promoted as planned',
    what: '`CLUSTER FAILOVER`: the primary takes no writes until the replica has them all.',
    nodeTimeoutMs: NODE_TIMEOUT_MS,
    hit: oneAfterTheOther,
    event: promote,
    watchMs: 5000,
  },
  {
    name: 'reshard',
    title: 'Slots move with their keys',
    what: '`redis-cli --cluster reshard` from the first shard to the second, and back.',
    nodeTimeoutMs: NO_FAILOVER_MS,
    hit: () => [0, 1],
    event: reshard,
    watchMs: 1000,
  },
  {
    name: 'hang',
    title: 'A primary hangs, and nobody takes over',
    what: `SIGSTOP for ${HANG_MS / 1000} s, longer than the proxies’ timeout for a request (5 s) and shorter than cluster-node-timeout.`,
    nodeTimeoutMs: NO_FAILOVER_MS,
    hit: oneAfterTheOther,
    event: hang,
    watchMs: 4000,
  },
];
