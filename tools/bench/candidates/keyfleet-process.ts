/** The proxy of a checkout as a process, its settings at their defaults but for the connections. */
import { join } from 'node:path';
import { freeAddress, temporaryDirectory } from '@keyfleet/testkit';
import { ask } from '../run/ask.ts';
import { OwnProcess, ProcessEndedError } from '../run/own-process.ts';
import type { Absent, Started } from './candidates.ts';

const READY_WITHIN_MS = 20_000;
/** Workers share it out, and the system does not give each the same number of 10,000 connections. */
const CLIENTS_MAX = 15_000;
/** EX_CONFIG: a setting that this checkout does not know. */
const REFUSED = 78;

/** As `keyfleet up` starts it (apps/cli/src/commands.ts). */
const NODE_FLAGS = ['--max-semi-space-size=2'];

type Wanted = {
  readonly root: string;
  /** Which servers it has behind it, as flags without their dashes. */
  readonly upstream: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
};

type Proxy = Pick<Started, 'version' | 'address'> & { readonly proxyPid: number };

export async function startKeyfleetProcess(
  { root, upstream, flags = [] }: Wanted,
  stack: AsyncDisposableStack,
): Promise<Proxy | Absent> {
  const state = stack.use(await temporaryDirectory());
  const address = await freeAddress();
  const admin = await freeAddress();
  const settings = {
    bind: address.host,
    port: address.port,
    'admin-port': admin.port,
    'state-dir': state.path,
    'clients-max': CLIENTS_MAX,
    'log-level': 'warn',
    ...upstream,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const main = join(root, 'apps/proxy/src/main.ts');
  const proxy = stack.use(
    await OwnProcess.start(process.execPath, [...NODE_FLAGS, main, ...args, ...flags]),
  );
  try {
    await proxy.until(
      async () => (await ask(address, 'GET ready')).startsWith('$'),
      READY_WITHIN_MS,
    );
  } catch (error) {
    if (!(error instanceof ProcessEndedError) || error.exitCode !== REFUSED) throw error;
    return { absent: error.log.trim().replaceAll(/\s+/g, ' ') };
  }
  return { version: `node ${process.version}`, address, proxyPid: proxy.pid };
}
