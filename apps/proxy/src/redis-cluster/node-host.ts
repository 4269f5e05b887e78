import type { Reply } from '@keyfleet/resp';
import { textOf } from '../wide/fields.ts';
import type { Reached } from './cluster-view.ts';

/** What CLUSTER SLOTS and SHARDS say for a host name that is wanted (cluster-preferred-endpoint-type) and not set. */
const UNKNOWN_HOST = '?';

/**
 * The first of what a node is said to be reached by. Nothing is said of a node that does not know its own address, and
 * where the cluster is told to say nothing: then it is reached as the one that was asked (the rule of CLUSTER SLOTS).
 */
export function hostOf(
  preferred: Reply | undefined,
  ip: Reply | undefined,
  { host }: Reached,
): string {
  for (const said of [preferred, ip]) {
    const text = said === undefined || said === null ? '' : textOf(said);
    if (text !== '' && text !== UNKNOWN_HOST) return text;
  }
  return host;
}
