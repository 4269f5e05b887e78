/**
 * The peer broke the protocol: nothing after this point of its stream can be trusted, so the
 * connection has to end. For requests, `message` is Redis' own text, to be sent as `-ERR <message>`.
 */
export class ProtocolError extends Error {
  readonly code = 'PROTOCOL';
  override readonly name = 'ProtocolError';
}
