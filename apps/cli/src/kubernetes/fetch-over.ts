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
      return await exchange(asked, await connect(new URL(asked.url)));
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
  sent.end(await asked.text());
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const body = Readable.toWeb(answer) as ReadableStream<Uint8Array>;
  return new Response(body, { status: answer.statusCode ?? 0 });
}
