/**
 * Sockets that share a port hear of no conflict: a second proxy on the same port would take half of the clients of the
 * first. So the port is taken for a moment without sharing it, which fails while anybody else listens there.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Clock } from '@keyfleet/runtime';

/** The workers of a parent that was killed need a moment to end. */
const PATIENCE_MS = 2000;
const RETRY_MS = 50;

/** Rejects with the system's error. */
export async function claimPort(
  at: { host: string; port: number },
  { monotonicMs, sleep }: Clock,
): Promise<void> {
  const deadlineMs = monotonicMs() + PATIENCE_MS;
  for (;;) {
    try {
      await listenOnce(at);
      return;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || monotonicMs() >= deadlineMs) throw error;
      await sleep(RETRY_MS);
    }
  }
}

async function listenOnce(at: { host: string; port: number }): Promise<void> {
  const server = createServer((socket) => socket.destroy()).listen(at);
  await once(server, 'listening');
  server.close();
}
