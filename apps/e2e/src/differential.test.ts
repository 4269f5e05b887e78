/** The short form of `npm run differential`: every reply through the proxy is that of a plain server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDifferential, type Finding } from './differential/differential.ts';
import { loadGrammar } from './differential/grammar.ts';
import { commandsOf, dumpsOf, startPair, versionOf } from './differential/pair.ts';
import type { Pair } from './differential/round.ts';
import { repertoireOf } from './differential/stream.ts';
import { Random } from './random.ts';

const COMMANDS = 6_000;

/** Other seeds are for the long form: it tells faults from what only time or chance made different. */
const USUAL_SEED = '20261122';

const random = new Random(Random.seedOf(process.env['KEYFLEET_E2E_SEED'] ?? USUAL_SEED));
const stack = new AsyncDisposableStack();
let pair: Pair;

beforeAll(async () => {
  pair = await startPair(stack);
});
afterAll(() => stack.disposeAsync());

describe(`a random stream of ${COMMANDS} commands (KEYFLEET_E2E_SEED=${random.seed})`, () => {
  it('is answered like by a plain server, in RESP2 and RESP3, one by one and in one pipeline', async () => {
    const known = await commandsOf(pair.plain);
    const findings: Finding[] = [];
    const compared = await runDifferential({
      random,
      grammar: await loadGrammar(await dumpsOf(pair.plain), await versionOf(pair.plain)),
      repertoire: repertoireOf((name) => known.has(name)),
      pair,
      commands: COMMANDS,
      onRound: () => undefined,
      onFinding: (finding) => {
        findings.push(finding);
        return false;
      },
    });
    expect(findings).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(COMMANDS);
  });
});
