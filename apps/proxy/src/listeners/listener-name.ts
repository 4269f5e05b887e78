import type { ListenerConfig } from '../config/proxy-config.ts';

/**
 * By its address a listener is the same one after a reload. Those of port 0 have what the system gave them: the first of the
 * former is the first of the new ones.
 */
export function listenerNames(configs: readonly ListenerConfig[]): string[] {
  const counts = new Map<string, number>();
  return configs.map(({ bind, port }) => {
    const address = `${bind.includes(':') ? `[${bind}]` : bind}:${port}`;
    if (port !== 0) return address;
    const number = (counts.get(address) ?? 0) + 1;
    counts.set(address, number);
    return `${address} (${number})`;
  });
}
