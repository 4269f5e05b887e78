/** Over real connections, to Node.js' own HTTP server. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { ApiClient, ApiError, ApiUnreachable, routes } from '@keyfleet/api';
import { freeAddress } from '@keyfleet/testkit';
import { expect, it } from 'vitest';
import { fetchOver } from './fetch-over.ts';

async function withServer(
  listener: RequestListener,
  use: (fetchIt: typeof fetch, sockets: Socket[]) => Promise<void>,
): Promise<void> {
  const server = createServer(listener);
  const address = await freeAddress();
  server.listen(address.port, address.host);
  await once(server, 'listening');
  const sockets: Socket[] = [];
  try {
    await use(
      fetchOver(async () => {
        const socket = connect(address);
        sockets.push(socket);
        await once(socket, 'connect');
        return socket;
      }),
      sockets,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it('sends what it is given, and ends its connection', async () => {
  const listener: RequestListener = (request, response) => {
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.writeHead(201);
      response.end(JSON.stringify({ method, url, host: headers.host, text }));
    });
  };
  await withServer(listener, async (fetchIt, sockets) => {
    const response = await fetchIt('http://pod-1:7400/a?b=c', { method: 'PUT', body: 'text' });
    expect(response.status).toBe(201);
    const want = { method: 'PUT', url: '/a?b=c', host: 'pod-1:7400', text: 'text' };
    expect(await response.json()).toEqual(want);
    const [socket] = sockets;
    if (!socket!.closed) await once(socket!, 'close');
  });
});

it('is fetch enough for the client of the API', async () => {
  const listener: RequestListener = (_request, response) => {
    response.writeHead(404);
    response.end(JSON.stringify({ code: 'NOT_FOUND', message: 'no such cluster' }));
  };
  await withServer(listener, async (fetchIt) => {
    const call = new ApiClient(['http://pod-1:7400'], fetchIt).call(routes.listClusters, {
      params: {},
    });
    await expect(call).rejects.toThrow(ApiError);
  });
});

it('fails as fetch does when there is no connection, or it breaks', async () => {
  const broken = fetchOver(() => Promise.reject(new Error('no such pod')));
  const call = new ApiClient(['http://pod-1:7400'], broken).call(routes.listClusters, {
    params: {},
  });
  await expect(call).rejects.toThrow(ApiUnreachable);
  await expect(broken('http://pod-1:7400/')).rejects.toMatchObject({
    message: 'fetch failed',
    cause: { message: 'no such pod' },
  });
  await withServer(
    (request) => request.destroy(),
    async (fetchIt) => {
      await expect(fetchIt('http://pod-1:7400/')).rejects.toThrow('fetch failed');
    },
  );
});

it('stops when it is told to', async () => {
  const stopped = new AbortController();
  await withServer(
    () => stopped.abort(),
    async (fetchIt, sockets) => {
      const call = fetchIt('http://pod-1:7400/', { signal: stopped.signal });
      await expect(call).rejects.toThrow(/abort/);
      if (!sockets[0]!.closed) await once(sockets[0]!, 'close');
    },
  );
});

it('does not wait for a connection longer than it is told to', async () => {
  const { promise: connecting, resolve } = Promise.withResolvers<PassThrough>();
  const stopped = new AbortController();
  const call = fetchOver(() => connecting)('http://pod-1:7400/', { signal: stopped.signal });
  stopped.abort();
  await expect(call).rejects.toThrow(/abort/);
  const late = new PassThrough();
  resolve(late);
  await once(late, 'close');
});
