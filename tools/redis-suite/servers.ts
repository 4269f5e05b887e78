/** What the suite is run against: a plain server, and the proxy over three. */
import { startDirect } from '../bench/candidates/direct.ts';
import { startKeyfleet } from '../bench/candidates/keyfleet.ts';
import type { Start } from '../bench/candidates/candidates.ts';
import type { StartServer } from './runtest.ts';

export const plainServer: StartServer = () => started(startDirect);

export const proxyOf =
  (root: string): StartServer =>
  () =>
    started(startKeyfleet({ root }));

async function started(start: Start): ReturnType<StartServer> {
  const stack = new AsyncDisposableStack();
  const server = await start(stack);
  if ('absent' in server) throw new Error(`Cannot start what is tested: ${server.absent}`);
  return { address: server.address, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
