/** What a server says of itself. */
import { ErrorReply, type Reply } from '@keyfleet/resp';
import type { ControlLine } from '../upstream/control-line.ts';

export type ServerSaid = {
  /** Empty: it does not say. It is another after a restart. */
  readonly runId: string;
};

/** Rejects when it is none to send commands to: a replica, a node of a Redis Cluster, a sentinel. */
export async function askServer(line: ControlLine): Promise<ServerSaid> {
  const [role, info] = await Promise.all([line.ask('ROLE'), line.ask('INFO', 'server')]);
  const text = typeof info === 'string' ? info : '';
  const mode = /^redis_mode:(\w+)/m.exec(text)?.[1] ?? 'standalone';
  if (mode !== 'standalone') throw new Error(`it runs in mode ${mode}, want standalone`);
  refuseReplica(role);
  return { runId: /^run_id:(\w+)/m.exec(text)?.[1] ?? '' };
}

/** One that may not say is believed to be none. */
function refuseReplica(role: Reply): void {
  if (role instanceof ErrorReply && /^(NOPERM|ERR)/.test(role.text)) return;
  if (role instanceof ErrorReply) throw new Error(`it answers "${role.text}"`);
  const [name] = Array.isArray(role) ? (role as readonly Reply[]) : [];
  if (name === 'slave') throw new Error('it is a replica, want a primary');
}
