/** How the servers of a cluster are reached, and as whom. */
import type { Clock } from '@keyfleet/runtime';
import type { ClusterSettings } from '../settings.ts';
import { familyNumber } from '../transport/ip-family.ts';
import { nodeTransport } from '../transport/node-transport.ts';
import type { Transport } from '../transport/transport.ts';
import type { CredentialSource } from './credentials.ts';
import { openCredentials } from './open-credentials.ts';
import { parseServerAddress } from './server-address.ts';
import { traitsOf } from './upstream-kind.ts';
import { openUpstreamTls } from './upstream-tls.ts';

export type ServerAccess = {
  readonly transport: Pick<Transport, 'connect'>;
  readonly isTls: boolean;
  /** Null: the servers ask for no password. */
  readonly credentials: CredentialSource | null;
};

/** Throws ConfigError for settings that cannot work here. */
export async function openServerAccess(
  settings: ClusterSettings,
  clock: Clock,
): Promise<ServerAccess> {
  const credentials = await openCredentials(settings, clock);
  const tls = openUpstreamTls(settings);
  const family = familyNumber(settings.ipFamily);
  const [seed] = settings.seeds;
  // One server has one certificate, whichever of its addresses it is reached by.
  const ownName = traitsOf(settings.upstream).isOneServer ? parseServerAddress(seed!).host : null;
  const transport: ServerAccess['transport'] = {
    connect: (to, handler) => {
      const name = ownName ?? to.name ?? to.host;
      return nodeTransport.connect(
        { ...to, family, ...(tls && { tls: tls.optionsFor(name) }) },
        handler,
      );
    },
  };
  return { transport, isTls: tls !== null, credentials };
}
