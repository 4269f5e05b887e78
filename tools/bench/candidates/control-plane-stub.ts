/** The least that a proxy needs of a configserver: one topology that never changes, and a session that never ends. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { SessionGrant } from '@keyfleet/api';
import { freeAddress } from '@keyfleet/testkit';
import type { Topology } from '@keyfleet/topology';

/** Longer than any run, so that a busy machine does not end the lease. */
const LEASE_MS = 3_600_000;
const LONG_POLL_MS = 10_000;

export type ControlPlaneStub = AsyncDisposable & { readonly url: string };

export async function startControlPlaneStub(topology: Topology): Promise<ControlPlaneStub> {
  const { version } = topology;
  const grant: SessionGrant = { session: 'bench', leaseMs: LEASE_MS, version };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://bench');
    if (!pathname.endsWith('/topology')) return send(response, grant);
    const isNew = Number(searchParams.get('after') ?? 0) < version;
    if (isNew) return send(response, { version, topology });
    const timer = setTimeout(() => send(response, { version, topology: null }), LONG_POLL_MS);
    response.once('close', () => clearTimeout(timer));
  });
  const { host, port } = await freeAddress();
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
