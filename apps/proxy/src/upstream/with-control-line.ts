import type { Clock } from '@keyfleet/runtime';
import { ErrorReply } from '@keyfleet/resp';
import { ControlLine } from './control-line.ts';
import {
  authCommand,
  CredentialsError,
  withoutPassword,
  type CredentialSource,
} from './credentials.ts';
import type { ServerAccess } from './server-access.ts';
import type { ServerAddress } from './server-address.ts';

type Env = ServerAccess & { readonly clock: Clock };

/** Asks a server over a line that is closed afterwards; rejects when that takes longer than `timeoutMs`. */
export async function withControlLine<T>(
  { transport, credentials, clock }: Env,
  to: ServerAddress & { readonly timeoutMs: number },
  run: (line: ControlLine) => Promise<T>,
): Promise<T> {
  const { timeoutMs } = to;
  const done = new AbortController();
  const line = new ControlLine((handler) => transport.connect(to, handler));
  void clock.sleep(timeoutMs, done.signal).then(() => line.close(`no answer in ${timeoutMs} ms`));
  try {
    if (credentials !== null) await authenticate(line, credentials);
    return await run(line);
  } finally {
    // Wakes the sleeper, which closes the line.
    done.abort();
  }
}

async function authenticate(line: ControlLine, source: CredentialSource): Promise<void> {
  const credentials = await source.read('');
  const reply = await line.ask(...authCommand(credentials));
  if (!(reply instanceof ErrorReply)) return;
  source.refuse(credentials);
  const text = withoutPassword(reply.text, credentials);
  throw new CredentialsError(`Cannot authenticate: the server says "${text}"`);
}
