import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startEtcd, startFaultProxy, startRedis, temporaryDirectory } from './index.ts';
import { ServerProcess } from './server-process.ts';
import type { Address } from './address.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function ask(address: Address, line: string): Promise<string> {
  const socket = connect(address.port, address.host);
  socket.write(`${line}\r\n`);
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return reply.toString();
}

describe('startRedis', () => {
  it('is ready when it resolves, and gone when it is disposed', async () => {
    let pid: number;
    {
      await using redis = await startRedis();
      pid = redis.pid;
      expect(await ask(redis, 'PING')).toBe('+PONG\r\n');
      expect(isAlive(pid)).toBe(true);
    }
    expect(isAlive(pid)).toBe(false);
  });

  it('keeps its address and its data over kill and restart', async () => {
    await using redis = await startRedis({
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
    });
    const { pid } = redis;
    await ask(redis, 'SET name keyfleet');
    await redis.kill();
    expect(() => redis.pid).toThrow('not running');
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(await ask(redis, 'GET name')).toBe('$8\r\nkeyfleet\r\n');
  });

  it('stands still while it is paused, and is stopped even then', async () => {
    await using redis = await startRedis();
    redis.pause();
    const reply = ask(redis, 'PING');
    redis.resume();
    expect(await reply).toBe('+PONG\r\n');
    redis.pause();
  });

  it('shows the log when the server does not start', async () => {
    await expect(startRedis({ args: ['--no-such-setting', 'x'] })).rejects.toThrow(
      /no-such-setting/,
    );
  });

  it('names the apt package when the binary is missing', async () => {
    const missing = { command: 'no-such-server', aptPackage: 'no-such-package', args: [] };
    const address = { host: '127.0.0.1', port: 1 };
    await expect(
      ServerProcess.start({ ...missing, address, isReady: () => Promise.resolve(true) }),
    ).rejects.toThrow(
      'Cannot start no-such-server: it is not installed, want the apt package no-such-package',
    );
  });
});

describe('startEtcd', () => {
  it('is healthy when it resolves, also after a restart on the same data', async () => {
    await using directory = await temporaryDirectory();
    await using etcd = await startEtcd({ dataDir: directory.path });
    await etcd.kill();
    await etcd.restart();
    const response = await fetch(`http://${etcd.host}:${etcd.port}/version`);
    expect(await response.json()).toMatchObject({
      etcdserver: expect.stringMatching(/^3\./) as string,
    });
  });
});

describe('temporaryDirectory', () => {
  it('is removed when it is disposed', async () => {
    let path: string;
    {
      await using directory = await temporaryDirectory();
      path = directory.path;
      expect(existsSync(path)).toBe(true);
    }
    expect(existsSync(path)).toBe(false);
  });
});

describe('startFaultProxy', () => {
  async function startEcho(): Promise<Address & AsyncDisposable & { connections: Server }> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      socket.pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      connections: server,
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy();
        server.close();
        await once(server, 'close');
      },
    };
  }

  it('passes bytes both ways', async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    expect(await ask(proxy, 'hello')).toBe('hello\r\n');
  });

  it('resets connections while it is cut, and serves again when healed', async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    const socket = connect(proxy.port, proxy.host);
    socket.write('x');
    await once(socket, 'data');
    proxy.cut();
    await expect(once(socket, 'data')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(ask(proxy, 'hello')).rejects.toThrow();
    proxy.heal();
    expect(await ask(proxy, 'hello')).toBe('hello\r\n');
  });

  it('holds bytes back while it is stalled, and loses none', async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    proxy.stall();
    let answered = false;
    const reply = ask(proxy, 'hello').finally(() => (answered = true));
    await expect.poll(() => proxy.connectionCount).toBe(1);
    expect(answered).toBe(false);
    proxy.heal();
    expect(await reply).toBe('hello\r\n');
  });

  it('can hold back one direction alone', async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    const socket = connect(proxy.port, proxy.host);
    proxy.stall('replies');
    socket.write('hello');
    const [connection] = (await once(echo.connections, 'connection')) as [Socket];
    await once(connection, 'data');
    proxy.heal();
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    socket.destroy();
  });

  it('delays by the time given', async () => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo);
    proxy.delay(30);
    const sentMs = performance.now();
    await ask(proxy, 'hello');
    expect(performance.now() - sentMs).toBeGreaterThan(55); // once each way; timers may be 1 ms early
  });
});
