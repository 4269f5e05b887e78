/** Rounds of a random stream to a plain server and to the proxy, in every style, until enough commands are compared. */
import type { Random } from '../random.ts';
import type { Grammar } from './grammar.ts';
import { runRound, type Difference, type Pair, type Style } from './round.ts';
import { shrink } from './shrink.ts';
import { RequestStream, type Repertoire, type Request } from './stream.ts';
import { written } from './written.ts';

const ROUND_COMMANDS = 1000;
const SHRINK_TRIES = 150;

const styles: readonly Style[] = [
  { version: 2, isPipelined: false },
  { version: 2, isPipelined: true },
  { version: 3, isPipelined: false },
  { version: 3, isPipelined: true },
];

export type Finding = {
  readonly seed: number;
  readonly round: number;
  readonly style: Style;
  /** Its number in the round, and the request itself. */
  readonly at: number;
  readonly request: string;
  readonly name: string;
  readonly plain: string;
  readonly proxied: string;
  /** The fewest requests that show it. */
  readonly shrunk: readonly string[];
};

export type Plan = {
  readonly random: Random;
  readonly grammar: Grammar;
  readonly repertoire: Repertoire;
  readonly pair: Pair;
  readonly commands: number;
  /** False ends the run. */
  readonly onFinding: (finding: Finding) => boolean;
  readonly onRound: (compared: number) => void;
  /** As OnReply. */
  readonly onReply?: (request: Request, reply: Uint8Array, style: Style) => void;
};

/** How many commands were compared. */
export async function runDifferential(plan: Plan): Promise<number> {
  let compared = 0;
  for (let round = 0; compared < plan.commands; round++) {
    const style = styles[round % styles.length]!;
    // Of each round by itself, so that one can be run again alone.
    const stream = new RequestStream(plan.random.fork(round), plan.grammar, plan.repertoire);
    const requests = stream.take(ROUND_COMMANDS);
    const difference = await runRound(plan.pair, style, requests, (request, reply) =>
      plan.onReply?.(request, reply, style),
    );
    compared += difference === null ? requests.length : difference.at;
    plan.onRound(compared);
    if (difference === null) continue;
    const finding = await findingOf(plan, { round, style, requests, difference });
    if (!plan.onFinding(finding)) break;
  }
  return compared;
}

/** Errors by their text, other replies by their type. */
export function kindOf({ plain, proxied }: Pick<Difference, 'plain' | 'proxied'>): string {
  const kinds = [plain, proxied].map((reply) =>
    reply.startsWith('"-') ? reply.slice(1, 60) : reply.slice(1, 2),
  );
  return kinds.join(' ');
}

type Seen = { round: number; style: Style; requests: readonly Request[]; difference: Difference };

async function findingOf(
  { random, pair }: Plan,
  { round, style, requests, difference }: Seen,
): Promise<Finding> {
  const { at, plain, proxied } = difference;
  const last = requests[at]!;
  const showsIt = async (before: readonly Request[]): Promise<boolean> => {
    const again = await runRound(pair, style, [...before, last]);
    // Without what ended a transaction, say, it would be another one.
    return again?.at === before.length && kindOf(again) === kindOf(difference);
  };
  const isAlone = await showsIt([]);
  const before = isAlone ? [] : await shrink(requests.slice(0, at), showsIt, SHRINK_TRIES);
  return {
    seed: random.seed,
    round,
    style,
    at,
    name: last.name,
    request: written(last.words),
    plain,
    proxied,
    shrunk: [...before, last].map(({ words }) => written(words)),
  };
}
