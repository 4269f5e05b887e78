/** What the soak does in turn, as data. One pass through the table is a cycle: cycles are alike, so they can be compared. */
import { dataSets, type DataSet } from '../workloads/data-sets.ts';
import type { Part } from '../workloads/workloads.ts';

export type Phase = {
  readonly name: string;
  /** Null: nothing is sent. */
  readonly load: PhaseLoad | null;
  /** Values that a client asks for, and does not read. */
  readonly deaf: DataSet | null;
};

export type PhaseLoad = {
  readonly part: Part;
  readonly pipeline: number;
  /** Every request has a connection of its own. */
  readonly isReconnecting: boolean;
};

type Row = Partial<Part & Omit<PhaseLoad, 'part'> & { deaf: DataSet }>;

const { small, medium, large } = dataSets;
const usual: Part = { verb: 'GET', data: small, keys: 1, tags: [], connections: 50, share: 1 };

function row(name: string, of: Row): Phase {
  const { pipeline = 1, isReconnecting = false, deaf = null, ...part } = of;
  return { name, deaf, load: { pipeline, isReconnecting, part: { ...usual, ...part } } };
}

export const phases: readonly Phase[] = [
  row('GET', {}),
  row('SET, pipelined', { verb: 'SET', pipeline: 16, connections: 200 }),
  row('MSET of 10 keys, pipelined', { verb: 'MSET', keys: 10, pipeline: 16 }),
  row('MGET of 1000 keys', { verb: 'MGET', keys: 1000, connections: 10 }),
  row('GET of 16 KB, pipelined', { data: medium, pipeline: 16 }),
  row('SET of 16 KB', { verb: 'SET', data: medium, connections: 200 }),
  row('GET of 1 MB', { data: large, connections: 20 }),
  row('SET of 1 MB', { verb: 'SET', data: large, connections: 20 }),
  row('GET from 1000 connections', { connections: 1000 }),
  row('a connection for each GET', { isReconnecting: true }),
  row('GET beside a client that does not read', { deaf: medium }),
  { name: 'nothing', load: null, deaf: null },
];
