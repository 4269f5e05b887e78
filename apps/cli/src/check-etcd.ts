import { once } from 'node:events';
import { connect } from 'node:net';
import { CommandError } from './command-error.ts';

const CONNECT_TIMEOUT_MS = 2000;

/** One member that can be connected to is enough; without any, every configserver would only wait. Throws CommandError. */
export async function checkEtcd(urls: string): Promise<void> {
  const members = urls.split(',').map((url) => new URL(url));
  const reached = await Promise.all(members.map(canConnect));
  if (!reached.includes(true))
    throw new CommandError(`Cannot reach etcd at ${urls}: want a running etcd, or no --etcd`);
}

async function canConnect({ hostname, port, protocol }: URL): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
