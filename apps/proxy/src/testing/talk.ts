import { createConnection } from 'node:net';

/** Everything that one connection hears that says `lines` at once, and then QUIT. */
export function talk(
  address: { host: string; port: number },
  lines: readonly string[],
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection(address);
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.write(`${[...lines, 'QUIT'].join('\r\n')}\r\n`);
  });
}
