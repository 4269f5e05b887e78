/** `fetch` over connections that somebody else makes, so that a forwarded port needs no listener on this machine. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable, type Duplex } from 'node:stream';

/** One connection for each request; plain HTTP only. It fails as `fetch` does: with a TypeError that has the cause. */
export function fetchOver(connect: (url: URL) => Promise<Duplex>): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    asked.signal.throwIfAborted();
    try {
      const connecting = connect(new URL(asked.url));
      return await exchange(asked, await unlessAborted(connecting, asked.signal));
    } catch (cause) {
      asked.signal.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  };
}

async function exchange(asked: Request, connection: Duplex): Promise<Response> {
  const { host, pathname, search } = new URL(asked.url);
  const sent = request({
    method: asked.method,
    headers: { ...Object.fromEntries(asked.headers), host },
    path: pathname + search,
    signal: asked.signal,
    createConnection: () => connection,
  });
  // Before the answer `once` hears it, after it the body does.
  sent.on('error', () => undefined);
  sent.end(await asked.text());
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
  return new Response(body, { status: answer.statusCode ?? 0 });
}

/** A connection that comes too late is closed. */
async function unlessAborted(connecting: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason as Error);
    connecting.then(
      (late) => late.destroy(),
      () => undefined,
    );
  };
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([connecting, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
