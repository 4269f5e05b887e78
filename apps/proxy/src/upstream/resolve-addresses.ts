import { lookup } from 'node:dns/promises';
import type { Clock } from '@keyfleet/runtime';
import type { IpFamily } from '../transport/ip-family.ts';
import { familyNumber } from '../transport/ip-family.ts';
import type { ServerAddress } from './server-address.ts';

type Options = { readonly family: IpFamily; readonly timeoutMs: number; readonly clock: Clock };

/**
 * All addresses of all names, as they are now; those of a name that takes too long are left out, as a resolver may take
 * very long. Rejects when none is found at all.
 */
export async function resolveAddresses(
  servers: readonly ServerAddress[],
  options: Options,
): Promise<ServerAddress[]> {
  const found = await Promise.allSettled(servers.map((server) => resolveOne(server, options)));
  const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failure = found.find((one) => one.status === 'rejected');
  if (addresses.length === 0 && failure !== undefined) throw failure.reason;
  return addresses;
}

async function resolveOne(
  { host, port }: ServerAddress,
  { family, timeoutMs, clock }: Options,
): Promise<ServerAddress[]> {
  const done = new AbortController();
  const late = clock.sleep(timeoutMs, done.signal).then(() => null);
  try {
    const all = await Promise.race([
      lookup(host, { all: true, family: familyNumber(family) }),
      late,
    ]);
    if (all === null) throw new Error(`Cannot resolve ${host}: no answer in ${timeoutMs} ms`);
    return all.map(({ address }) => ({ host: address, port, name: host }));
  } finally {
    done.abort();
  }
}
