import { encode } from '@keyfleet/resp';

export const reservedChannel = encode.errorReply(
  "ERR channels that begin with '__keyfleet:' are reserved",
);
