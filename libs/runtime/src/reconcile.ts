/** `observe → plan → act`: the one shape of every control loop here (style §4). */
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

export type Step = { readonly do: string; readonly because: string };

export type Controller<View, S extends Step> = {
  /** Reads only. */
  observe(signal: AbortSignal): Promise<View>;
  /** Pure: the next step, with its reason. */
  plan(view: View): S;
  /** One effect, conditional on what `view` read; says after how many ms to look again. */
  act(step: S, view: View, signal: AbortSignal): Promise<number>;
};

export type LoopOptions = {
  key: string;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Wait after a failure; doubles up to `backoffMaxMs`. */
  backoffMs: number;
  backoffMaxMs: number;
  /** Resolves when something changed that is worth an early look. */
  nudged?: () => Promise<void>;
  onError?: (error: unknown) => void;
};

/**
 * Runs a controller until the signal aborts. It holds no state of its own: a crash anywhere is a retry from observe.
 * A step, and a failure, is logged when it differs from the one before, so a loop that waits does not fill the log.
 */
export async function runLoop<View, S extends Step>(
  of: Controller<View, S>,
  options: LoopOptions,
): Promise<void> {
  const { log, signal, key } = options;
  let failures = 0;
  let lastStep = '';
  let lastFailure = '';
  while (!signal.aborted) {
    let waitMs: number;
    try {
      const view = await of.observe(signal);
      const step = of.plan(view);
      const text = `${step.do}: ${step.because}`;
      if (text !== lastStep) log.info({ key, step }, 'step planned');
      lastStep = text;
      waitMs = await of.act(step, view, signal);
      failures = 0;
      lastFailure = '';
    } catch (error) {
      if (signal.aborted) return;
      waitMs = Math.min(options.backoffMs * 2 ** failures++, options.backoffMaxMs);
      options.onError?.(error);
      // What fails again and again for one reason is said once.
      if (String(error) !== lastFailure) log.warn({ key, err: error, waitMs }, 'step failed');
      lastFailure = String(error);
    }
    if (waitMs > 0) await wait(waitMs, options);
  }
}

async function wait(ms: number, { clock, signal, nudged }: LoopOptions): Promise<void> {
  if (!nudged) return clock.sleep(ms, signal);
  const done = new AbortController();
  await Promise.race([clock.sleep(ms, AbortSignal.any([signal, done.signal])), nudged()]);
  done.abort();
}
