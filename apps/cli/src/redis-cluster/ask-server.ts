import { connect } from 'node:net';
import { once } from 'node:events';
import type { Address } from '@keyfleet/lifecycle';
import { encodeCommand, ReplyDecoder, type Reply } from '@keyfleet/resp';

const ANSWER_WITHIN_MS = 1_000;

/** The replies to some commands, over a connection of their own. Error replies are values. */
export async function askServer(
  { host, port }: Address,
  commands: readonly (readonly string[])[],
): Promise<Reply[]> {
  const socket = connect({ host, port });
  const late = new Error(`Cannot ask ${host}:${port}: no answer`);
  const timer = setTimeout(() => socket.destroy(late), ANSWER_WITHIN_MS);
  try {
    await once(socket, 'connect');
    socket.write(Buffer.concat(commands.map(encodeCommand)));
    const decoder = new ReplyDecoder();
    const replies: Reply[] = [];
    for await (const chunk of socket) {
      decoder.push(chunk as Buffer);
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next())
        replies.push(reply);
      if (replies.length === commands.length) return replies;
    }
    throw new Error(`Cannot ask ${host}:${port}: it closed the connection`);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
