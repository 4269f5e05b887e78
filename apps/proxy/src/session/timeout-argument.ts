/** How long a blocking command may block: where its request says so, and what it says. */
import type { Command } from '@keyfleet/commands';
import { encodeCommand, type RequestView } from '@keyfleet/resp';
import { argumentText } from '../route/refusals.ts';
import { wordTable } from '../route/word-table.ts';

export type Timeout = {
  /** The argument that says it. */
  readonly argument: number;
  /** Infinity: for ever, or what it says is no number that we know; the server has the error then. */
  readonly ms: number;
  readonly unitMs: 1 | 1000;
};

/** They say it first; others last. */
const timeoutFirst = new Set(['blmpop', 'bzmpop']);
/** Arguments that each option of XREAD and XREADGROUP takes, itself included (t_stream.c `xreadCommand`). */
const xreadOptions = wordTable({ group: 3, count: 2, noack: 1, claim: 2 });

/** Null: it does not block. */
export function timeoutOf({ name }: Command, request: RequestView): Timeout | null {
  if (name !== 'xread' && name !== 'xreadgroup') {
    const argument = timeoutFirst.has(name) ? 1 : request.count - 1;
    return { argument, ms: msOf(request, argument, 1000), unitMs: 1000 };
  }
  const argument = blockArgument(request);
  return argument === -1 ? null : { argument, ms: msOf(request, argument, 1), unitMs: 1 };
}

/** The request as it was, but for its timeout. */
export function withTimeout(request: RequestView, timeout: Timeout, ms: number): Uint8Array {
  const { bytes, offsets, count } = request;
  const left = String(Math.max(1, Math.ceil(ms)) / timeout.unitMs);
  return encodeCommand(
    Array.from({ length: count }, (_, i) =>
      i === timeout.argument ? left : bytes.subarray(offsets[2 * i], offsets[2 * i + 1]),
    ),
  );
}

function msOf(request: RequestView, argument: number, unitMs: number): number {
  const text = argumentText(request, argument, 32);
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * unitMs : Infinity;
  return ms === 0 ? Infinity : ms;
}

/** Names of groups and consumers may be any word, so the options are walked. */
function blockArgument(request: RequestView): number {
  let at = 1;
  while (at + 1 < request.count) {
    const option = argumentText(request, at, 32).toLowerCase();
    if (option === 'block') return at + 1;
    const length = xreadOptions.get(option);
    if (length === undefined) return -1;
    at += length;
  }
  return -1;
}
