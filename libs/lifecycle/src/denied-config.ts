/** What a user may not set in `spec.config`: Keyfleet decides it, or a server would leave our hands. */
export const deniedConfigKeys: readonly string[] = [
  'aclfile', 'appenddirname', 'appendfilename', 'appendonly', 'bind', 'bind-source-addr', 'daemonize', 'dbfilename',
  'dir', 'include', 'logfile', 'masterauth', 'masteruser', 'maxmemory', 'maxmemory-policy', 'pidfile', 'port',
  'primaryauth', 'primaryuser', 'protected-mode', 'rename-command', 'repl-backlog-ttl', 'repl-diskless-sync-delay',
  'replica-announce-ip', 'replica-announce-port', 'replica-read-only', 'replica-serve-stale-data', 'replicaof',
  'requirepass', 'save', 'supervised', 'tls-port', 'unixsocket', 'user',
]; // prettier-ignore

/**
 * All that begin with them. `cluster-`: our servers know nothing of Redis Cluster. `slave`: each is the old name of one
 * with `replica`, which does all that they do, and a server takes both.
 */
export const deniedConfigPrefixes: readonly string[] = ['cluster-', 'slave'];

export function isDeniedConfigKey(key: string): boolean {
  return (
    deniedConfigKeys.includes(key) || deniedConfigPrefixes.some((prefix) => key.startsWith(prefix))
  );
}
