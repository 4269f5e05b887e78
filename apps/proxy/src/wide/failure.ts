/** The error of a command that some shards, or all, did not carry out. */
import { encode } from '@keyfleet/resp';
import { NOTHING_DONE } from '../route/replies.ts';

export type NamedAnswer = {
  readonly shard: { readonly id: string };
  readonly reply: Uint8Array;
};

const MINUS = 0x2d;
const DENIALS = /^-(NOPERM|ERR) /;
const DENIAL_BYTES = 8;
/** More would make a line that nobody reads. */
const SHARDS_TOLD_MAX = 8;

export function isError(reply: Uint8Array): boolean {
  return reply[0] === MINUS;
}

/** The server does not know the command, or does not let us: it will say so again. */
export function isDenial(reply: Uint8Array): boolean {
  return DENIALS.test(Buffer.from(reply.subarray(0, DENIAL_BYTES)).toString());
}

/**
 * Null: all shards did it. What all of them say is said as one server would say it; else the error has the code of the
 * first that failed, and names the shards.
 */
export function failureOf(
  answers: readonly NamedAnswer[],
  { name, isWrite }: { readonly name: string; readonly isWrite: boolean },
): Uint8Array | null {
  const failed = answers.filter(({ reply }) => isError(reply));
  const [first] = failed;
  if (first === undefined) return null;
  const texts = failed.map(({ reply }) => errorText(reply));
  const isUnanimous = failed.length === answers.length && new Set(texts).size === 1;
  if (isUnanimous) return first.reply;
  const codes = texts.map((text) => text.split(' ', 1)[0]!);
  // A code that says that nothing was done must not answer a write of which something was, or may have been.
  const isNothing = failed.length === answers.length && codes.every((it) => NOTHING_DONE.has(it));
  const code = isWrite && NOTHING_DONE.has(codes[0]!) && !isNothing ? 'UNCERTAIN' : codes[0]!;
  const told = failed
    .slice(0, SHARDS_TOLD_MAX)
    .map(({ shard }, i) => `${shard.id}: ${texts[i]!}`)
    .join('; ');
  return encode.errorReply(
    `${code} ${name} failed on ${failed.length} of ${answers.length} shards (${told})`,
  );
}

function errorText(reply: Uint8Array): string {
  return Buffer.from(reply.subarray(1)).toString().trimEnd();
}
