/** A connection that says lines and keeps everything that it hears, pushes among it, as text of one character per byte. */
import { createConnection, type Socket } from 'node:net';
import { eventually } from './eventually.ts';

/** Also that of a subscriber that speaks RESP2. */
const PONG = /\+PONG\r\n|\*2\r\n\$4\r\npong\r\n\$0\r\n\r\n/;

export class LineClient {
  heard = '';
  readonly socket: Socket;

  constructor(address: { host: string; port: number }) {
    this.socket = createConnection(address);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => (this.heard += text));
    this.socket.on('error', () => undefined);
  }

  say(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
  }

  /** Says it, and returns what is heard until that and a PING behind it are answered. */
  async ask(...lines: string[]): Promise<string> {
    const from = this.heard.length;
    this.say(...lines, 'PING');
    await eventually(() => PONG.test(this.heard.slice(from)));
    const answer = this.heard.slice(from);
    const { index, 0: pong } = PONG.exec(answer)!;
    this.heard = this.heard.slice(0, from + index) + answer.slice(index + pong.length);
    return answer.slice(0, index);
  }

  async hears(text: string, times = 1): Promise<void> {
    await eventually(() => this.heard.split(text).length > times);
  }

  close(): void {
    this.socket.destroy();
  }
}
