import type { EnvoyNode } from './envoy-node.ts';

export type SocketAddress = { readonly host: string; readonly port: number };

/** Null for what is no TCP address; that is noted. */
export function convertAddress(address: EnvoyNode): SocketAddress | null {
  const socket = address.at('socket_address');
  const host = socket.at('address').text();
  const port = socket.at('port_value').number();
  socket.done('protocol', 'resolver_name', 'ipv4_compat');
  if (host !== undefined && port !== undefined) return { host, port };
  address.note('is not carried: want a socket_address with address and port_value');
  return null;
}

export function hostPortText({ host, port }: SocketAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
