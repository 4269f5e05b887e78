/** What INFO says of a server's replication, as far as reads from replicas need it. */
export type ReplicationInfo = {
  readonly isReplica: boolean;
  /** Of a replica: it hears its primary, and has copied all that was there. */
  readonly isLinked: boolean;
  /** Bytes of the history that it has: made, or applied. */
  readonly offset: number;
};

/** Null: it is none, but an error for instance. */
export function parseReplication(text: string): ReplicationInfo | null {
  const fields = new Map(
    text.split('\r\n').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  const role = fields.get('role');
  if (role === undefined) return null;
  const isReplica = role !== 'master';
  const offset = fields.get(isReplica ? 'slave_repl_offset' : 'master_repl_offset');
  return {
    isReplica,
    isLinked:
      fields.get('master_link_status') === 'up' && fields.get('master_sync_in_progress') !== '1',
    offset: Number(offset ?? -1),
  };
}

/** Valkey's `availability-zone`; empty: it was told none. */
export function zoneIn(text: string): string {
  return /^availability_zone:(\S+)/m.exec(text)?.[1] ?? '';
}
