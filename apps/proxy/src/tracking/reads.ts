/** Which keys a server tracks for a request: those that are read, as far as the request names them. */
import { extractKeys, type Command } from '@keyfleet/commands';
import type { RequestView } from '@keyfleet/resp';
import { keySlot } from '@keyfleet/slots';
import { requestOf } from '../session/request-of.ts';
import { timeoutOf } from '../session/timeout-argument.ts';
import type { Step } from '../session/transaction.ts';

export type ReadKey = { readonly key: string; readonly slot: number };

/** Scripts are neither reads nor writes: what they read is tracked. */
export function readKeys(command: Command, request: RequestView): ReadKey[] {
  if (command.isWrite || !command.hasKeys) return [];
  const positions: number[] = [];
  const count = extractKeys(command, request, positions);
  const { bytes, offsets } = request;
  return positions.slice(0, Math.max(count, 0)).map((at) => {
    const [start, end] = [offsets[2 * at]!, offsets[2 * at + 1]!];
    const key = Buffer.from(bytes.subarray(start, end)).toString('latin1');
    return { key, slot: keySlot(bytes, start, end) };
  });
}

/** The same for the commands of a transaction, without the first `from`. */
export function readsOf(steps: readonly Step[], from: number): ReadKey[] {
  return steps.slice(from).flatMap(({ command, frame }) => readKeys(command, requestOf(frame)));
}

/** It may wait for ever, on a connection of its own. */
export function mayBlock(command: Command, request: RequestView): boolean {
  return command.isBlocking && command.hasKeys && timeoutOf(command, request) !== null;
}
