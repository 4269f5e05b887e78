/** What `INFO server replication persistence keyspace` says, as far as it matters for roles. */

export type ServerInfo = {
  /** Tells one life of the process from the next. */
  readonly runId: string;
  readonly pid: number;
  /** Where it read its configuration; empty: it got none. */
  readonly configFile: string;
  readonly role: 'primary' | 'replica';
  /** Of a replica: whom it follows. */
  readonly master: { readonly host: string; readonly port: number } | null;
  readonly isLinkUp: boolean;
  readonly isSyncing: boolean;
  readonly isLoading: boolean;
  /** Bytes of the replication stream that it has written, or as a replica: applied. */
  readonly offset: number;
  readonly replId: string;
  /** Of all databases, reserved keys included. */
  readonly keys: number;
  /** What each attached replica has confirmed. */
  readonly replicas: readonly { host: string; port: number; offset: number }[];
};

/** Throws TypeError when it is not the answer of a Redis or Valkey server. */
export function parseServerInfo(text: string): ServerInfo {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const field = (name: string): string => fields.get(name) ?? '';
  const role = field('role') === 'master' ? 'primary' : 'replica';
  const offset = field(role === 'primary' ? 'master_repl_offset' : 'slave_repl_offset');
  if (!/^[0-9a-f]{40}$/.test(field('run_id')) || !/^\d+$/.test(field('process_id'))) {
    throw new TypeError(`Cannot read INFO: run_id is "${field('run_id')}", want 40 hex digits`);
  }
  return {
    runId: field('run_id'),
    pid: Number(field('process_id')),
    configFile: field('config_file'),
    role,
    master:
      role === 'replica'
        ? { host: field('master_host'), port: Number(field('master_port')) }
        : null,
    isLinkUp: field('master_link_status') === 'up',
    isSyncing: field('master_sync_in_progress') === '1',
    isLoading: field('loading') !== '0',
    offset: Number(offset || 0),
    replId: field('master_replid'),
    keys: sumKeys(fields),
    replicas: attachedReplicas(fields),
  };
}

/** `db0:keys=3,expires=0,avg_ttl=0` */
function sumKeys(fields: ReadonlyMap<string, string>): number {
  let keys = 0;
  for (const [name, value] of fields) {
    if (/^db\d+$/.test(name)) keys += Number(/keys=(\d+)/.exec(value)?.[1] ?? 0);
  }
  return keys;
}

/** `slave0:ip=127.0.0.1,port=6380,state=online,offset=14,lag=0` */
function attachedReplicas(fields: ReadonlyMap<string, string>): ServerInfo['replicas'] {
  return [...fields]
    .filter(([name]) => /^slave\d+$/.test(name))
    .map(([, value]) => {
      const parts = new Map(value.split(',').map((part) => part.split('=') as [string, string]));
      return {
        host: parts.get('ip') ?? '',
        port: Number(parts.get('port')),
        offset: Number(parts.get('offset')),
      };
    });
}
