/** What is asked of every candidate, as data: a workload more is a row more. */
import { dataSets, type DataSet } from './data-sets.ts';
import { shardTags } from './shard-tags.ts';

/** Requests of one kind, from connections of their own. */
export type Part = {
  readonly verb: 'GET' | 'SET' | 'MGET' | 'MSET';
  readonly data: DataSet;
  /** Of one request. */
  readonly keys: number;
  /** Hash tags that the keys take in turn; none: they lie anywhere. */
  readonly tags: readonly string[];
  readonly connections: number;
  /** Of the workload's requests. */
  readonly share: number;
};

export type Workload = {
  readonly name: string;
  readonly pipeline: number;
  /** Cheap requests are measured over more of them: CPU time is counted in steps of 10 ms. */
  readonly requestsFactor: number;
  /** Side by side. */
  readonly parts: readonly Part[];
};

type Row = Partial<Part & Omit<Workload, 'name' | 'parts'>>;

const usual: Part = {
  verb: 'GET',
  data: dataSets.small,
  keys: 1,
  tags: [],
  connections: 50,
  share: 1,
};

function row(name: string, { pipeline = 1, requestsFactor = 1, ...part }: Row): Workload {
  return { name, pipeline, requestsFactor, parts: [{ ...usual, ...part }] };
}

const { medium, large } = dataSets;

export const workloads: readonly Workload[] = [
  row('GET P1', {}),
  row('SET P1', { verb: 'SET' }),
  row('GET P16', { pipeline: 16, requestsFactor: 6 }),
  row('SET P16', { verb: 'SET', pipeline: 16, requestsFactor: 6 }),
  row('MGET 10 keys P1', { verb: 'MGET', keys: 10, requestsFactor: 0.5 }),
  row('MSET 10 keys P1', { verb: 'MSET', keys: 10, requestsFactor: 0.5 }),
  row('MGET 10 keys P16', { verb: 'MGET', keys: 10, pipeline: 16 }),
  row('MSET 10 keys P16', { verb: 'MSET', keys: 10, pipeline: 16 }),
  row('MGET 1000 keys', { verb: 'MGET', keys: 1000, requestsFactor: 0.015 }),
  row('GET 16 KB', { data: medium, requestsFactor: 0.8 }),
  row('SET 16 KB', { verb: 'SET', data: medium, requestsFactor: 0.5 }),
  row('GET 1 MB', { data: large, connections: 10, requestsFactor: 0.015 }),
  row('SET 1 MB', { verb: 'SET', data: large, connections: 10, requestsFactor: 0.03 }),
  row('GET 1000 connections', { connections: 1000 }),
  row('GET 10000 connections', { connections: 10_000, requestsFactor: 3 }),
  {
    // One redis-benchmark sends one command; closed loops of equal speed share by their connections.
    name: 'SET and GET 1:10',
    pipeline: 1,
    requestsFactor: 1,
    parts: [
      { ...usual, verb: 'SET', connections: 5, share: 1 / 11 },
      { ...usual, connections: 50, share: 10 / 11 },
    ],
  },
];

export const SPREAD_SHARDS = 10;

/** What a request of many keys costs depends on how many shards it touches. */
export const spreadWorkloads: readonly Workload[] = [1, 3, SPREAD_SHARDS].map((touched) =>
  row(`MSET 10 keys on ${touched} of ${SPREAD_SHARDS} shards`, {
    verb: 'MSET',
    keys: 10,
    tags: shardTags(SPREAD_SHARDS).slice(0, touched),
    data: { ...dataSets.small, count: 10_000 },
    requestsFactor: 0.5,
  }),
);

/** Writes about every small key, for servers that only redis-benchmark finds the way to. */
export const fillingWorkload = row('fill', { verb: 'SET', pipeline: 16, requestsFactor: 1 });
/** So many requests for each key leave one in 3000 unwritten: keys are drawn at random. */
export const FILLING_REQUESTS = 8 * dataSets.small.count;

/** One GET after the other from each of so many connections. */
export function crowdWorkload(connections: number): Workload {
  return row('crowd', { connections });
}

/** What means the same to servers of a Redis Cluster, from few connections, as to a proxy. */
export function fitsCluster({ parts }: Workload): boolean {
  const [part] = parts;
  const isOfOneSmallKey = part!.keys === 1 && part!.data === dataSets.small;
  return parts.length === 1 && isOfOneSmallKey && part!.connections === usual.connections;
}

/** redis-benchmark opens about 1300 connections per second. */
export function isSlowToStart({ parts }: Workload): boolean {
  return parts.some(({ connections }) => connections > 1000);
}
