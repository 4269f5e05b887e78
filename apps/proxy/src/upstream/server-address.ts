/** Where a server is. */
export type ServerAddress = {
  readonly host: string;
  readonly port: number;
  /** The name that the address was found by: what a certificate is of. Absent: the host. */
  readonly name?: string;
};

/** Of `host:port` or `[::1]:6379`, as settings are checked to be. */
export function parseServerAddress(text: string): ServerAddress {
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(text.slice(colon + 1)) };
}
