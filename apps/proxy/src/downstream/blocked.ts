import type { ClientLimits } from './client-env.ts';
import { MODE } from './mode.ts';

/**
 * What keeps a client's next request from being handled, as bits:
 *   parked   its next command waits for its shard (a hold, a connection)      until the shard wakes it
 *   window   it has as many replies pending as it may                         until half of them came
 *   quiet    its next command wants nothing pending before it (HELLO, RESET)  until the last reply came
 *   alone    its last command lets nothing go behind it (BLPOP, FLUSHALL)     until the last reply came
 *   output   it does not read its replies                                     until the socket is drained
 *   closing  it said QUIT, broke the protocol, shut down its side, or the proxy drains   for good
 */
export const PARKED = 1;
export const WINDOW = 2;
export const QUIET = 4;
export const OUTPUT = 8;
export const CLOSING = 16;
export const ALONE = 32;

/** One that waits for what may never come (BLPOP) is read further: a socket that is not read does not tell that it left. */
export function inputBytesMaxOf(
  mode: number,
  { inputBytesMax, requestBytesMax }: Pick<ClientLimits, 'inputBytesMax' | 'requestBytesMax'>,
): number {
  return (mode & MODE.blocked) === 0 ? inputBytesMax : requestBytesMax;
}
