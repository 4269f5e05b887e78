/**
 * Whether a server took the script of an EVAL: not one that does not compile, nor one that the server refused to run. Its
 * reply does not tell, since a script may answer with any error; SCRIPT EXISTS behind it does, in every version. So the
 * first EVAL of a script costs one more request, and those after it none.
 */
import { decodeReply, encodeCommand, type RequestFramer } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { isError } from '../wide/failure.ts';
import type { ShardCalls } from '../wide/shard-calls.ts';
import type { Proposal, ScriptStore } from './script-store.ts';

const ZERO = 0x30;
const NINE = 0x39;

export class EvalTrials {
  readonly #store: ScriptStore;
  readonly #calls: ShardCalls;

  constructor(store: ScriptStore, calls: ShardCalls) {
    this.#store = store;
    this.#calls = calls;
  }

  /** Of an EVAL that is about to be sent. Null: nobody needs to ask. */
  begin(request: RequestFramer): Proposal | null {
    if (!hasKeyCount(request)) return null;
    const { bytes, offsets } = request;
    return this.#store.propose(bytes.subarray(offsets[2], offsets[3]));
  }

  /** It was sent to the shard of `slot`: what is asked now comes behind it. */
  settle(proposals: readonly Proposal[], slot: number, client: Client): void {
    if (proposals.length === 0) return;
    const request = encodeCommand(['SCRIPT', 'EXISTS', ...proposals.map(({ digest }) => digest)]);
    void this.#calls.one(slot, { client, request, isWrite: false }).then((reply) => {
      const isKnown = reply !== null && !isError(reply);
      const there = isKnown ? (decodeReply(reply) as readonly number[]) : [];
      for (const [at, proposal] of proposals.entries())
        this.#store.settle(proposal, there[at] === 1);
    });
  }
}

/** Whether the count of keys is one that Redis takes; without it, it does not look at the script. */
export function hasKeyCount({ bytes, offsets, count: argumentCount }: RequestFramer): boolean {
  const [start, end] = [offsets[4]!, offsets[5]!];
  if (start === end || (bytes[start] === ZERO && end - start > 1)) return false;
  let keyCount = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return false;
    keyCount = 10 * keyCount + byte - ZERO;
  }
  return keyCount <= argumentCount - 3;
}
