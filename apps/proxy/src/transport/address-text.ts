/** An IPv4 address as a socket tells it that takes both kinds. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** As Redis shows addresses (anet.c `anetFormatAddr`); none: ":0". */
export function addressText(host = '', port = 0): string {
  const shown = MAPPED.exec(host)?.[1] ?? host;
  return shown.includes(':') ? `[${shown}]:${port}` : `${shown}:${port}`;
}
