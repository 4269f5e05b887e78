import { once } from 'node:events';
import { connect } from 'node:net';
import type { Address } from '@keyfleet/testkit';

/** One inline command; the first bytes of its reply. */
export async function ask({ host, port }: Address, command: string): Promise<string> {
  const socket = connect({ host, port, timeout: 1000 });
  socket.on('timeout', () => socket.destroy(new Error(`Cannot ask ${host}:${port}: no answer`)));
  try {
    socket.write(`${command}\r\n`);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return reply.toString();
  } finally {
    socket.destroy();
  }
}
