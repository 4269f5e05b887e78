/** A server that is back after a fault, and clients that waited for it: they come few at first. */
import { createServer, createConnection, type Socket } from 'node:net';
import { once } from 'node:events';
import { RequestFramer } from '@keyfleet/resp';
import { freeAddress, type Address } from '@keyfleet/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { startProxyUnderTest, type ProxyUnderTest } from './testing/proxy-under-test.ts';
import { RawClient } from './testing/raw-client.ts';

const CLIENTS = 300;

/** Stands before a server: can be away, and can keep what the server answers to GET, which it counts. */
class Relay {
  isAway = false;
  keepsAnswers = false;
  gets = 0;
  readonly #sockets = new Set<Socket>();
  readonly #kept: (() => void)[] = [];
  readonly #server = createServer((socket) => this.#onConnection(socket));
  target: Address = { host: '', port: 0 };

  async listen(at: Address): Promise<void> {
    this.#server.listen(at);
    await once(this.#server, 'listening');
  }

  leave(): void {
    this.isAway = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  letGo(): void {
    this.keepsAnswers = false;
    for (const answer of this.#kept.splice(0)) answer();
  }

  close(): void {
    this.leave();
    this.#server.close();
  }

  #onConnection(socket: Socket): void {
    if (this.isAway) return void socket.destroy();
    const server = createConnection(this.target);
    const framer = new RequestFramer();
    let isAsked = false;
    socket.on('data', (bytes: Buffer) => {
      framer.push(bytes);
      while (framer.next()) {
        const [start, end] = [framer.offsets[0]!, framer.offsets[1]!];
        const isGet = Buffer.from(framer.bytes.subarray(start, end)).toString() === 'GET';
        if (isGet) this.gets++;
        isAsked ||= isGet;
      }
      framer.keep();
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (this.keepsAnswers && isAsked) this.#kept.push(() => socket.write(bytes));
      else socket.write(bytes);
    });
    for (const one of [socket, server]) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        socket.destroy();
        server.destroy();
      });
    }
  }
}

const relay = new Relay();
let under: ProxyUnderTest;

beforeAll(async () => {
  const at = await freeAddress();
  await relay.listen(at);
  under = await startProxyUnderTest({
    shards: 1,
    flags: { 'hold-queue-ms': '20000' },
    addressOf: (server) => {
      relay.target = server;
      return at;
    },
  });
  await eventually(async () => ((await under.admin('/readyz')) as { ready: boolean }).ready);
});

afterAll(async () => {
  await under[Symbol.asyncDispose]();
  relay.close();
});

const metrics = async (): Promise<string> =>
  (await fetch(`http://127.0.0.1:${under.proxy.adminPort}/metrics`)).text();

it('gets few requests at first, and then all of them', async () => {
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => RawClient.connect({ port: under.proxy.port })),
  );
  relay.leave();
  await eventually(async () => (await metrics()).includes('shards_unreachable 1'));
  const replies = Promise.all(clients.map((client, i) => client.call('GET', `k:${i}`)));
  const waiting = async (): Promise<number> =>
    ((await under.admin('/clients')) as { waitsFor: string | null }[]).filter(
      ({ waitsFor }) => waitsFor !== null,
    ).length;
  await eventually(async () => (await waiting()) === CLIENTS);
  relay.gets = 0;
  relay.keepsAnswers = true;
  relay.isAway = false;
  await eventually(async () => (await waiting()) === CLIENTS - 64);
  expect(relay.gets).toBe(64);
  relay.letGo();
  expect(await replies).toEqual(clients.map(() => null));
  for (const client of clients) client.close();
});
