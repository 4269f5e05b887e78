/** What the suite is run against: a plain server, and the proxy over three, or over a Redis Cluster of three. */
import { startDirect } from '../bench/candidates/direct.ts';
import { startKeyfleetOverCluster } from '../bench/candidates/keyfleet-over-cluster.ts';
import { startKeyfleet } from '../bench/candidates/keyfleet.ts';
import type { Start } from '../bench/candidates/candidates.ts';
import type { StartServer } from './runtest.ts';
import { modes, type Mode } from './units.ts';

export const plainServer: StartServer = () => started(startDirect);

export const proxyOf =
  (root: string, mode: Mode): StartServer =>
  () =>
    started(
      modes[mode].upstream === 'redis-cluster'
        ? startKeyfleetOverCluster(root)
        : startKeyfleet({ root }),
    );

async function started(start: Start): ReturnType<StartServer> {
  const stack = new AsyncDisposableStack();
  const server = await start(stack);
  if ('absent' in server) throw new Error(`Cannot start what is tested: ${server.absent}`);
  return { address: server.address, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
