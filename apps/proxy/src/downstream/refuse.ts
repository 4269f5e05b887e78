import { encode } from '@keyfleet/resp';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';

const TOO_MANY = encode.errorReply('ERR max number of clients reached');

const refused: ConnectionHandler = {
  onOpen: () => undefined,
  onData: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

/** What takes a connection for which there is no room. */
export function refuse(connection: Connection): ConnectionHandler {
  connection.write(TOO_MANY, 0, TOO_MANY.length);
  connection.end();
  return refused;
}
