/**
 * Each server gets a loopback address of its own, 127.0.x.y:6379, with x drawn from the data directory's path so
 * that platforms side by side rarely meet. Where such addresses cannot be bound (macOS), or something listens on
 * port 6379 of all of them: 127.0.0.1 with a port each.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Address } from '@keyfleet/lifecycle';

const SERVER_PORT = 6379;
const NETWORKS = 254;
const HOSTS_PER_NETWORK = 254;
const TRIES = 16;

export type Addresses = Readonly<Record<string, Address>>;

export type AddressOptions = {
  dataDir: string;
  recorded: Addresses;
  whyTaken?: (address: Address) => Promise<string | null>;
};

/** Addresses for `ids`: the recorded ones when all of them are free, so that nothing has to be told anew. */
export async function chooseAddresses(
  ids: readonly string[],
  { dataDir, recorded, whyTaken = whyNotFree }: AddressOptions,
): Promise<Addresses> {
  const areFree = async (addresses: readonly Address[]): Promise<boolean> => {
    const reasons = await Promise.all(addresses.map(whyTaken));
    return reasons.every((reason) => reason === null);
  };
  const kept = ids.flatMap((id) => recorded[id] ?? []);
  if (kept.length === ids.length && (await areFree(kept)))
    return Object.fromEntries(ids.map((id, at) => [id, kept[at]!]));

  const first = createHash('sha256').update(dataDir).digest().readUInt16BE(0) % NETWORKS;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const wanted = ids.map((_, index) => loopbackAddress(first + attempt, index));
    if (await areFree(wanted)) return Object.fromEntries(ids.map((id, at) => [id, wanted[at]!]));
  }
  const free = await freePorts(ids.length);
  return Object.fromEntries(ids.map((id, at) => [id, free[at]!]));
}

/** Null when this address can be listened on, else the system's code, such as EADDRINUSE. */
export async function whyNotFree({ host, port }: Address): Promise<string | null> {
  try {
    const server = await listen(host, port);
    await close(server);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
}

function loopbackAddress(network: number, index: number): Address {
  const x = 1 + ((network + Math.floor(index / HOSTS_PER_NETWORK)) % NETWORKS);
  return { host: `127.0.${x}.${1 + (index % HOSTS_PER_NETWORK)}`, port: SERVER_PORT };
}

/** All are held until all are found, so that they differ. */
async function freePorts(count: number): Promise<Address[]> {
  const host = '127.0.0.1';
  const servers = await Promise.all(Array.from({ length: count }, () => listen(host, 0)));
  const addresses = servers.map((server) => ({
    host,
    port: (server.address() as AddressInfo).port,
  }));
  await Promise.all(servers.map(close));
  return addresses;
}

async function listen(host: string, port: number): Promise<Server> {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
