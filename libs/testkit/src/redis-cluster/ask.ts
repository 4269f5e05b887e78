import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ErrorReply, ReplyDecoder, encodeCommand, type Reply } from '@keyfleet/resp';
import type { Address } from '../address.ts';

const ANSWERS_WITHIN_MS = 5_000;

export type Credentials = {
  readonly user?: string;
  readonly password?: string;
  /** The connection speaks TLS; the server's certificate is not checked. */
  readonly isTls?: boolean;
};

/** One command over a connection of its own. An error reply is a value. */
export async function ask(
  at: Address & Credentials,
  command: readonly string[],
  withinMs = ANSWERS_WITHIN_MS,
): Promise<Reply> {
  const socket = openSocket(at);
  const timer = setTimeout(
    () => socket.destroy(new Error(`Cannot ask ${at.host}:${at.port} ${command[0]}: no answer`)),
    withinMs,
  );
  try {
    const replies = readReplies(socket);
    if (at.password !== undefined) {
      socket.write(encodeCommand(['AUTH', at.user ?? 'default', at.password]));
      const { value } = await replies.next();
      if (value instanceof ErrorReply) return value;
    }
    socket.write(encodeCommand(command));
    const { value, done } = await replies.next();
    if (done) throw new Error(`Cannot ask ${at.host}:${at.port} ${command[0]}: it closed`);
    return value;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The same, for what must go well. */
export async function expectOk(
  at: Address & Credentials,
  command: readonly string[],
): Promise<void> {
  const reply = await ask(at, command);
  if (!(reply instanceof ErrorReply)) return;
  throw new Error(`Cannot do ${command.join(' ')} at ${at.host}:${at.port}: ${reply.text}`);
}

function openSocket({ host, port, isTls = false }: Address & Credentials): Socket {
  return isTls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port });
}

async function* readReplies(socket: Socket): AsyncGenerator<Reply, undefined> {
  await once(socket, 'connect');
  const decoder = new ReplyDecoder();
  for await (const chunk of socket) {
    decoder.push(chunk as Buffer);
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) yield reply;
  }
  return undefined;
}
