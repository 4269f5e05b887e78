/** Which settings of servers a client cannot change with CONFIG SET. */
import { isDeniedConfigKey } from '@keyfleet/lifecycle';

/** The platform's, besides what a manifest may not set: whom a server follows, and how many confirm a write. */
const PLATFORM_PREFIXES = ['repl-', 'replica-', 'min-replicas-', 'min-slaves-', 'tls-'];

/** What the proxy is by itself; and limits of a client: what they would cut is a connection that all clients share. */
const OF_PROXY = new Set([
  'bind', 'client-output-buffer-limit', 'client-query-buffer-limit', 'databases', 'maxclients', 'maxmemory-clients', 'port',
  'proto-max-bulk-len',
]); // prettier-ignore

/** Never told to a client. */
export const SECRETS: readonly string[] = [
  'requirepass', 'masterauth', 'masteruser', 'primaryauth', 'primaryuser', 'replicaof', 'slaveof', 'tls-key-file-pass',
  'tls-client-key-file-pass',
]; // prettier-ignore

/** How others reach a server: not the same for all servers, or the proxy would be locked out. */
const WAYS_IN = new Set([...SECRETS, 'protected-mode', 'tls-port', 'unixsocket']);
const WAY_PREFIXES = ['cluster-announce-', 'replica-announce-', 'slave-announce-'];

/** `ownsServers`: they are the platform's, which decides more than a proxy before other people's servers. */
export function isOwned(name: string, ownsServers: boolean): boolean {
  if (OF_PROXY.has(name)) return true;
  if (ownsServers) return isDeniedConfigKey(name) || beginsWith(name, PLATFORM_PREFIXES);
  return WAYS_IN.has(name) || beginsWith(name, WAY_PREFIXES);
}

function beginsWith(name: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => name.startsWith(prefix));
}
