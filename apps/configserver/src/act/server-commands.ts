/** What servers are told. Every command goes to one life of one server, on the connection where its run id was read. */
import { NOWHERE } from '@keyfleet/lifecycle';
import type { NodeLink } from '../observe/node-link.ts';
import { parseStamp, STAMP_KEY, type Finding, type Stamp } from '../plan/choose-winner.ts';

const staleReads = (value: 'yes' | 'no') =>
  ['CONFIG', 'SET', 'replica-serve-stale-data', value] as const;

export async function promote(link: NodeLink, runId: string): Promise<void> {
  await link.execute(runId, [staleReads('no'), ['REPLICAOF', 'NO', 'ONE']]);
}

export async function attach(
  link: NodeLink,
  runId: string,
  { host, port }: { host: string; port: number },
): Promise<void> {
  await link.execute(runId, [staleReads('no'), ['REPLICAOF', host, String(port)]]);
}

/** From its answer on it confirms nothing to anybody, and its data does not change. */
export async function seal(link: NodeLink, runId: string): Promise<void> {
  await link.execute(runId, [['REPLICAOF', NOWHERE.host, String(NOWHERE.port)]]);
}

/**
 * What a sealed server holds. It refuses reads, so it is allowed to serve stale data for the length of one write to
 * the socket. That is safe: nobody reads from a server whose role and run id disagree with the topology, and
 * should the last command not arrive, `promote` and `attach` repeat it.
 */
export async function examine(
  link: NodeLink,
  runId: string,
): Promise<Pick<Finding, 'stamp' | 'keys'>> {
  const [, stamp, keys] = await link.execute(runId, [
    staleReads('yes'),
    ['GET', STAMP_KEY],
    ['DBSIZE'],
    staleReads('no'),
  ]);
  return { stamp: parseStamp(stamp as string | null), keys: Number(keys) };
}

export async function readStamp(link: NodeLink, runId: string): Promise<Stamp | null> {
  const [text] = await link.execute(runId, [['GET', STAMP_KEY]]);
  return parseStamp(text as string | null);
}

export async function writeStamp(link: NodeLink, runId: string, stamp: Stamp): Promise<void> {
  await link.execute(runId, [['SET', STAMP_KEY, JSON.stringify(stamp)]]);
}
