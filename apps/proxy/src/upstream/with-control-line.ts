import type { Clock } from '@keyfleet/runtime';
import type { Transport } from '../transport/transport.ts';
import { ControlLine } from './control-line.ts';
import type { ServerAddress } from './server-address.ts';

type Env = { transport: Transport; clock: Clock };

/** Asks a server over a line that is closed afterwards; rejects when that takes longer than `timeoutMs`. */
export async function withControlLine<T>(
  { transport, clock }: Env,
  to: ServerAddress & { readonly timeoutMs: number },
  run: (line: ControlLine) => Promise<T>,
): Promise<T> {
  const { timeoutMs } = to;
  const done = new AbortController();
  const line = new ControlLine((handler) => transport.connect(to, handler));
  void clock.sleep(timeoutMs, done.signal).then(() => line.close(`no answer in ${timeoutMs} ms`));
  try {
    return await run(line);
  } finally {
    // Wakes the sleeper, which closes the line.
    done.abort();
  }
}
