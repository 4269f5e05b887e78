/** What a user may not set in `spec.config`: Keyfleet decides it, or a server would leave our hands. */
export const deniedConfigKeys: readonly string[] = [
  'aclfile', 'appenddirname', 'appendfilename', 'appendonly', 'bind', 'bind-source-addr', 'daemonize', 'dbfilename',
  'dir', 'include', 'logfile', 'masterauth', 'masteruser', 'maxmemory', 'maxmemory-policy', 'pidfile', 'port',
  'primaryauth', 'primaryuser', 'protected-mode', 'rename-command', 'repl-backlog-ttl', 'repl-diskless-sync-delay',
  'replica-announce-ip', 'replica-announce-port', 'replica-read-only', 'replica-serve-stale-data', 'replicaof',
  'requirepass', 'save', 'slaveof', 'supervised', 'tls-port', 'unixsocket', 'user',
]; // prettier-ignore

/** All of them: our servers know nothing of Redis Cluster. */
export const deniedConfigPrefix = 'cluster-';

export function isDeniedConfigKey(key: string): boolean {
  return deniedConfigKeys.includes(key) || key.startsWith(deniedConfigPrefix);
}
