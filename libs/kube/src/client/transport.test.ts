/** Against an HTTP server that answers as each test wants. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { freeAddress } from '@keyfleet/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { Transport, type Request } from './transport.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const get: Request = { tried: 'get Pod a/b', method: 'GET', path: '/api/v1/pods' };
const limits = { timeoutMs: 20_000 };
const yes: Answer = (_request, response) => response.end('{"ok":true}');

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function transportTo(server: string, user = {}): Transport {
  const config = new KubeConfig();
  // Without this the library speaks no plain HTTP.
  const cluster = { name: 'test', server, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: 'test', ...user });
  const transport = new Transport(config, 'keyfleet-test');
  cleanUps.push(() => transport.close());
  return transport;
}

async function serve(answer: Answer, pathPrefix = '') {
  const { host, port } = await freeAddress();
  const seen: IncomingMessage[] = [];
  let connections = 0;
  const server: Server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  server.on('connection', () => connections++);
  server.listen(port, host);
  await once(server, 'listening');
  cleanUps.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const url = `http://${host}:${port}${pathPrefix}`;
  return { url, server, seen, connections: () => connections };
}

describe('a call', () => {
  it('says who asks, for what, and keeps its connection', async () => {
    const { url, seen, connections } = await serve(yes, '/k8s/clusters/c-1/');
    const transport = transportTo(url, { token: 'secret' });
    const query = { limit: 500, continue: undefined, labelSelector: 'a=b,c' };
    expect(await transport.send({ ...get, query }, limits)).toEqual({ ok: true });
    await transport.send({ ...get, method: 'DELETE', body: { kind: 'DeleteOptions' } }, limits);
    await transport.send(get, limits);
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'GET /k8s/clusters/c-1/api/v1/pods?limit=500&labelSelector=a%3Db%2Cc',
      'DELETE /k8s/clusters/c-1/api/v1/pods',
      'GET /k8s/clusters/c-1/api/v1/pods',
    ]);
    expect(seen[0]!.headers).toMatchObject({
      authorization: 'Bearer secret',
      'user-agent': 'keyfleet-test',
    });
    expect(connections()).toBe(1);
  });

  it('takes no more than 16 connections', async () => {
    const { url, connections } = await serve(yes);
    const transport = transportTo(url);
    await Promise.all(Array.from({ length: 100 }, () => transport.send(get, limits)));
    expect(connections()).toBeLessThanOrEqual(16);
  });

  it('goes a second time when the server has closed the connection that it kept', async () => {
    const used = new Set<Socket>();
    const { url, seen, connections } = await serve((request, response) => {
      if (used.has(request.socket)) request.socket.resetAndDestroy();
      else yes(request, response);
      used.add(request.socket);
    });
    const transport = transportTo(url);
    await transport.send(get, limits);
    const patch: Request = { ...get, method: 'PATCH', body: {} };
    expect(await transport.send(patch, limits)).toEqual({ ok: true });
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'PATCH']);
    expect(connections()).toBe(2);
  });

  it('is tried again when the API server has too much to do', async () => {
    let left = 2;
    const { url, seen } = await serve((request, response) => {
      if (left-- === 0) yes(request, response);
      else response.writeHead(429, { 'retry-after': '0' }).end('{"reason":"TooManyRequests"}');
    });
    const patch: Request = { ...get, method: 'PATCH', body: { a: 1 } };
    expect(await transportTo(url).send(patch, limits)).toEqual({ ok: true });
    expect(seen.map(({ method }) => method)).toEqual(['PATCH', 'PATCH', 'PATCH']);
  });

  it.each([undefined, '60', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
    'fails with that when its time is over first; Retry-After: %s',
    async (after) => {
      const { url, seen } = await serve((_request, response) => {
        if (after !== undefined) response.setHeader('retry-after', after);
        response.writeHead(429).end('{"reason":"TooManyRequests"}');
      });
      const call = transportTo(url).send(get, { timeoutMs: 400 });
      await expect(call).rejects.toMatchObject({ status: 429, reason: 'TooManyRequests' });
      expect(seen).toHaveLength(1);
    },
  );

  it.each<[string, Answer]>([
    ['nothing comes', () => undefined],
    [
      'the answer stops in the middle',
      (_request, response) => response.writeHead(200, { 'content-length': 100 }).write('{"a'),
    ],
  ])('fails when its time is over: %s', async (_name, answer) => {
    const { url } = await serve(answer);
    await expect(transportTo(url).send(get, { timeoutMs: 50 })).rejects.toMatchObject({
      name: 'KubeError',
      code: 'UNREACHABLE',
      message: 'Cannot get Pod a/b: no answer within 50 ms',
    });
  });

  it.each<[string, Answer, object]>([
    ['the connection is cut', (request) => request.socket.destroy(), { code: 'UNREACHABLE' }],
    [
      'the answer is no JSON',
      (_request, response) => response.end('<html>'),
      { code: 'OTHER', status: 200 },
    ],
    [
      'a proxy in between says no',
      (_request, response) => response.writeHead(503).end('no healthy upstream'),
      { code: 'UNREACHABLE', status: 503, message: expect.stringContaining('healthy') as string },
    ],
    [
      'the answer is endless',
      (_request, response) => {
        const chunk = Buffer.alloc(8 * 1024 * 1024);
        for (let at = 0; at < 9; at++) response.write(chunk);
      },
      { code: 'OTHER', message: expect.stringContaining('larger than') as string },
    ],
  ])('fails with what happened: %s', async (_name, answer, want) => {
    const { url } = await serve(answer);
    const call = transportTo(url).send(get, limits);
    await expect(call).rejects.toMatchObject({ name: 'KubeError', ...want });
  });

  it('fails when nobody listens, or when there are no credentials', async () => {
    const { host, port } = await freeAddress();
    const call = transportTo(`http://${host}:${port}`).send(get, limits);
    await expect(call).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    const { url } = await serve(yes);
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/no/such/plugin' };
    await expect(transportTo(url, { exec }).send(get, limits)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('/no/such/plugin') as string,
    });
  });

  it('ends with the reason of its caller', async () => {
    const { url, seen } = await serve(() => undefined);
    const caller = new AbortController();
    const call = transportTo(url).send(get, { ...limits, signal: caller.signal });
    await expect.poll(() => seen.length).toBe(1);
    const reason = new Error('enough');
    caller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });
});

describe('a watch', () => {
  const read = async (body: AsyncIterable<Buffer>): Promise<string> => {
    let text = '';
    for await (const chunk of body) text += String(chunk);
    return text;
  };

  it('is read as it comes, on a connection of its own, until it is ended', async () => {
    const { url, connections } = await serve((request, response) => {
      if (request.url === '/watch') response.write('first\n');
      else yes(request, response);
    });
    const transport = transportTo(url);
    const caller = new AbortController();
    // The timeout is for the beginning alone.
    const watch = { ...get, path: '/watch' };
    const body = await transport.open(watch, { timeoutMs: 200, signal: caller.signal });
    const reading = read(body);
    for (let at = 0; at < 3; at++) await transport.send(get, limits);
    expect(connections()).toBe(2);
    caller.abort();
    await expect(reading).rejects.toThrow();
  });

  it.runIf(process.platform === 'linux')('is probed where nothing is said', async () => {
    const { url, seen } = await serve((_request, response) => response.write('first\n'));
    const { signal } = new AbortController();
    const body = await transportTo(url).open(get, { ...limits, signal });
    const probe = (): number => msUntilProbe(seen[0]!.socket);
    // Not every second, and not after two hours, as Node.js and Linux would have it.
    await expect.poll(probe).toBeGreaterThan(2_000);
    expect(probe()).toBeLessThanOrEqual(15_000);
    body.destroy();
  });

  it.each<[string, Answer, object]>([
    [
      'it is refused',
      (_request, response) => response.writeHead(410).end('{"reason":"Expired"}'),
      { code: 'GONE', reason: 'Expired' },
    ],
    ['it does not begin', () => undefined, { code: 'UNREACHABLE' }],
  ])('fails when %s', async (_name, answer, want) => {
    const { url } = await serve(answer);
    const { signal } = new AbortController();
    const opening = transportTo(url).open(get, { timeoutMs: 50, signal });
    await expect(opening).rejects.toMatchObject(want);
  });
});

/** When the kernel probes a connection, by the socket of its other end; NaN: it does not. proc_net_tcp(5) */
function msUntilProbe({ localPort, remotePort }: Socket): number {
  const ends = [remotePort, localPort].map((port) => hex(port!));
  const connection = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, ...addresses]) => ends.every((end, at) => addresses[at]?.endsWith(`:${end}`)));
  const [kind, hundredths = ''] = connection![5]!.split(':');
  return kind === '02' ? Number.parseInt(hundredths, 16) * 10 : Number.NaN;
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
