/** A client that behaves badly: it asks for much, reads little, and is gone in the middle of a request. */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeCommand } from '@keyfleet/resp';
import type { Random } from './random.ts';
import type { Server } from './raw-client.ts';

const LIFE_MS_MAX = 400;
const KEYS = 1_000;

export async function breakConnectionsUntil(
  signal: AbortSignal,
  server: Server,
  random: Random,
): Promise<number> {
  let broken = 0;
  while (!signal.aborted) {
    await breakOne(server, random);
    broken++;
  }
  return broken;
}

async function breakOne(server: Server, random: Random): Promise<void> {
  const socket = connect({ ...server, noDelay: true });
  socket.on('error', () => undefined);
  if (random.below(2) === 0) socket.resume();
  const bytes = Buffer.concat(
    Array.from({ length: 1 + random.below(30) }, () => anyRequest(random)),
  );
  let at = 0;
  // In a few pieces, of which the last ends anywhere.
  for (let pieces = 1 + random.below(4); pieces > 0 && !socket.destroyed; pieces--) {
    const end = at + random.below(bytes.length - at);
    socket.write(bytes.subarray(at, end));
    at = end;
    await delay(random.below(LIFE_MS_MAX / 4));
  }
  await leave(socket, random);
}

async function leave(socket: Socket, random: Random): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  if (socket.destroyed) return;
  switch (random.below(3)) {
    case 0:
      socket.resetAndDestroy();
      break;
    case 1:
      socket.destroy();
      break;
    default:
      // Half closed: it still reads what comes, or is cut a little later.
      socket.end();
      socket.resume();
      await delay(random.below(LIFE_MS_MAX / 4));
      socket.destroy();
  }
  await closed;
}

function anyRequest(random: Random): Uint8Array {
  const key = (): string => `broken:${random.below(KEYS)}`;
  const keys = Array.from({ length: 1 + random.below(20) }, key);
  switch (random.below(8)) {
    case 0:
      return encodeCommand(['MGET', ...keys]);
    case 1:
      return encodeCommand([
        'MSET',
        ...keys.flatMap((name) => [name, 'wrong:'.repeat(random.below(50))]),
      ]);
    case 2:
      return encodeCommand([
        'SET',
        key(),
        'wrong:'.repeat(random.below(random.below(20) === 0 ? 20_000 : 200)),
      ]);
    case 3:
      return encodeCommand(['DEL', ...keys]);
    case 4:
      return encodeCommand(['LPUSH', key(), 'wrong']);
    case 5:
      return Buffer.from(
        random.pick(['PING\r\n', 'HELLO 3\r\n', 'GET broken:1\r\n', 'NOSUCH a b\r\n']),
      );
    case 6:
      return Buffer.from(
        random.pick(['*1\r\n$-5\r\n', '*99999999\r\n', 'GET "open\r\n', '$3\r\n']),
      );
    default:
      return encodeCommand(['GET', key()]);
  }
}
