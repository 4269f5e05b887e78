import { once } from 'node:events';
import { connect } from 'node:net';
import { freeAddress, type Address } from './address.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type RedisOptions = {
  readonly flavor?: 'redis' | 'valkey';
  /** Instead of the flavor's program on the path. */
  readonly program?: string;
  /** Command-line arguments after ours, so they win: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[];
  readonly address?: Address;
  /** Instead of our own arguments; it must name the same address. */
  readonly configFile?: string;
};

/** A standalone server without persistence, unless `args` say otherwise. */
export async function startRedis(options: RedisOptions = {}): Promise<ServerProcess> {
  const installed = `${options.flavor ?? 'redis'}-server`;
  const address = options.address ?? (await freeAddress());
  const directory = await temporaryDirectory();
  const own = { bind: address.host, port: String(address.port), dir: directory.path, save: '' };
  return ServerProcess.start({
    command: options.program ?? installed,
    aptPackage: installed,
    args: [
      ...(options.configFile === undefined
        ? Object.entries(own).flatMap(([name, value]) => [`--${name}`, value])
        : [options.configFile]),
      ...(options.args ?? []),
    ],
    address,
    isReady: answersPing,
    owned: directory,
  });
}

/** Any answer will do (`-NOAUTH`, `-MASTERDOWN`), but for the one that says it still reads its data. */
async function answersPing({ host, port }: Address): Promise<boolean> {
  const socket = connect({ host, port, timeout: 1_000 });
  socket.on('timeout', () => socket.destroy(new Error('Cannot ping: no answer')));
  try {
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    return !reply.toString().startsWith('-LOADING');
  } finally {
    socket.destroy();
  }
}
