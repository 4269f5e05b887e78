import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freeAddress, type Address } from './address.ts';

type Direction = 'requests' | 'replies';

const bothWays: readonly Direction[] = ['requests', 'replies'];

/** A TCP proxy before one server that breaks the network on demand. It starts healed. */
export class FaultProxy implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #target: Address;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #delayMs = 0;
  /** While stalled: what every byte in that direction waits for. */
  readonly #stalled = new Map<Direction, PromiseWithResolvers<void>>();

  private constructor(address: Address, target: Address) {
    this.host = address.host;
    this.port = address.port;
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  static async start(target: Address): Promise<FaultProxy> {
    const proxy = new FaultProxy(await freeAddress(), target);
    proxy.#server.listen(proxy.port, proxy.host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get connectionCount(): number {
    return this.#sockets.size / 2;
  }

  /** Resets all connections, and each new one, until `heal`. */
  cut(): void {
    this.#isCut = true;
    this.#resetAll();
  }

  /** Connections stay and open, but no byte passes until `heal`; none is lost. */
  stall(...directions: Direction[]): void {
    for (const direction of directions.length > 0 ? directions : bothWays) {
      if (!this.#stalled.has(direction)) this.#stalled.set(direction, Promise.withResolvers());
    }
  }

  /** Each chunk of bytes waits this long in each direction. */
  delay(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  heal(): void {
    this.#isCut = false;
    this.#delayMs = 0;
    for (const stalled of this.#stalled.values()) stalled.resolve();
    this.#stalled.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.heal();
    this.cut();
    await closed;
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #accept(client: Socket): void {
    if (this.#isCut) {
      client.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#target, allowHalfOpen: true });
    this.#join('requests', client, server);
    this.#join('replies', server, client);
  }

  #join(direction: Direction, from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => to.resetAndDestroy()); // both ends must see that it broke
    from.on('close', () => this.#sockets.delete(from));
    this.#pump(direction, from, to).catch(() => to.resetAndDestroy());
  }

  async #pump(direction: Direction, from: Socket, to: Socket): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (this.#delayMs > 0) await delay(this.#delayMs);
      await this.#stalled.get(direction)?.promise;
      if (to.destroyed) return;
      if (!to.write(chunk)) await once(to, 'drain');
    }
    await this.#stalled.get(direction)?.promise;
    to.end();
  }
}

export async function startFaultProxy(target: Address): Promise<FaultProxy> {
  return FaultProxy.start(target);
}
