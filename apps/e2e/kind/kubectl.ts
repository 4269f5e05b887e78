/** kubectl as a user calls it, with an end in sight. */
import { run, type Outcome } from '../src/program.ts';

const TIMEOUT_MS = 30_000;

export type KubectlOptions = {
  /** Manifests, or commands for what `exec -i` runs. */
  readonly input?: string;
  readonly timeoutMs?: number;
};

class KubectlError extends Error {
  readonly outcome: Outcome;
  constructor(args: readonly string[], outcome: Outcome) {
    super(`Cannot run kubectl ${args.join(' ')}: exit code ${outcome.exitCode}\n${outcome.output}`);
    this.outcome = outcome;
  }
}

/** For those who want to see it fail. */
export async function tryKubectl(
  args: readonly string[],
  { input, timeoutMs = TIMEOUT_MS }: KubectlOptions = {},
): Promise<Outcome> {
  const chunks = input === undefined ? [] : [Buffer.from(input)];
  return run('kubectl', args, { timeoutMs, input: chunks });
}

/** What it printed on its standard output. */
export async function kubectl(args: readonly string[], options?: KubectlOptions): Promise<string> {
  const outcome = await tryKubectl(args, options);
  if (outcome.exitCode === 0) return outcome.stdout;
  throw new KubectlError(args, outcome);
}
