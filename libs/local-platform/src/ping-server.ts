import { connect } from 'node:net';
import type { Address } from '@keyfleet/lifecycle';

export type PingAnswer = 'ready' | 'loading' | 'silent';

const ANSWER_BYTES_MAX = 1024;

/** Any answer counts (`-NOAUTH`, `-MASTERDOWN`), but while a server reads its data it is not ready. */
export function pingServer({ host, port }: Address, timeoutMs: number): Promise<PingAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => finish('silent'), timeoutMs);
    let answer = '';
    const finish = (result: PingAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.includes('\r\n') || answer.length > ANSWER_BYTES_MAX)
        finish(answer.startsWith('-LOADING') ? 'loading' : 'ready');
    });
    socket.on('error', () => finish('silent'));
    socket.on('close', () => finish('silent'));
  });
}
