export { ProtocolError } from './protocol-error.ts';
export { RequestFramer, type RequestView } from './request-framer.ts';
export { ReplyFramer } from './reply-framer.ts';
export { firstElement, skipReply } from './split-array.ts';
export { lengthBytes, writeLength } from './write-length.ts';
export { encode, encodeReply, type RespVersion } from './encode.ts';
export { encodeCommand } from './encode-command.ts';
export { ReplyDecoder, decodeReply } from './decode.ts';
export { ErrorReply, type Reply } from './reply.ts';
