import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

export type Address = { readonly host: string; readonly port: number };

/**
 * Free ports on one loopback address. The address is drawn from 127.0.0.0/16 and not shared, so test
 * workers that start servers side by side do not meet. Where only 127.0.0.1 can be bound (macOS), that.
 */
export async function freeAddresses(count: number, host?: string): Promise<Address[]> {
  const own = host ?? `127.0.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  try {
    return await freePorts(own, count);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    return freePorts('127.0.0.1', count);
  }
}

export async function freeAddress(): Promise<Address> {
  return (await freeAddresses(1))[0]!;
}

/** All are held until all are found, so that they differ. */
async function freePorts(host: string, count: number): Promise<Address[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    const addresses: Address[] = [];
    for (const server of servers) {
      server.listen(0, host);
      await once(server, 'listening');
      addresses.push({ host, port: (server.address() as AddressInfo).port });
    }
    return addresses;
  } finally {
    for (const server of servers) server.close();
  }
}
