import { lookup } from 'node:dns/promises';
import type { Clock } from '@keyfleet/runtime';
import type { ServerAddress } from './server-address.ts';

export const ipFamilies = ['any', '4', '6'] as const;
export type IpFamily = (typeof ipFamilies)[number];

/**
 * All addresses of all names, as they are now; those of a name that takes too long are left out, as a resolver may take
 * very long. Rejects when none is found at all.
 */
export async function resolveAddresses(
  servers: readonly ServerAddress[],
  { family, timeoutMs, clock }: { family: IpFamily; timeoutMs: number; clock: Clock },
): Promise<ServerAddress[]> {
  const found = await Promise.allSettled(
    servers.map(async ({ host, port }) => {
      const all = await Promise.race([
        lookup(host, { all: true, family: familyNumber(family) }),
        rejectAfter(timeoutMs, clock, `Cannot resolve ${host}: no answer in ${timeoutMs} ms`),
      ]);
      return all.map(({ address }) => ({ host: address, port }));
    }),
  );
  const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failure = found.find((one) => one.status === 'rejected');
  if (addresses.length === 0 && failure !== undefined) throw failure.reason;
  return addresses;
}

async function rejectAfter(ms: number, clock: Clock, because: string): Promise<never> {
  await clock.sleep(ms);
  throw new Error(because);
}

/** As Node writes it: 0 is any. */
export function familyNumber(family: IpFamily): 0 | 4 | 6 {
  return family === 'any' ? 0 : family === '4' ? 4 : 6;
}
