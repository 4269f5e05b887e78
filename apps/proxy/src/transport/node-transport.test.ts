import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { nodeTransport } from './node-transport.ts';
import type { Connection, ConnectionHandler } from './transport.ts';

class Recorder implements ConnectionHandler {
  text = '';
  readonly calls: string[] = [];
  onOpen(): void {
    this.calls.push('open');
  }
  onData(bytes: Uint8Array, length: number): void {
    this.text += Buffer.from(bytes.subarray(0, length)).toString();
  }
  onEnd(): void {
    this.calls.push('end');
  }
  onDrain(): void {
    this.calls.push('drain');
  }
  onClose(error: Error | undefined): void {
    this.calls.push(
      error ? `close ${(error as NodeJS.ErrnoException).code ?? error.message}` : 'close',
    );
  }
}

/** A listener whose first connection is given to the test, and a plain socket connected to it. */
async function accepted() {
  const handler = new Recorder();
  let connection: Connection | undefined;
  const listener = await nodeTransport.listen({ host: '127.0.0.1', port: 0 }, (made) => {
    connection = made;
    return handler;
  });
  const peer = net.connect(listener.port, '127.0.0.1');
  await eventually(() => connection !== undefined);
  return { handler, connection: connection!, peer, listener };
}

describe('an accepted connection', () => {
  it('brings what the peer sent, and takes what is written', async () => {
    const { handler, connection, peer, listener } = await accepted();
    let answer = '';
    peer.on('data', (data) => (answer += data.toString()));
    peer.write('hello');
    await eventually(() => handler.text === 'hello');
    connection.write(Buffer.from('(world)'), 1, 6);
    expect(connection.unsentBytes).toBe(0);
    await eventually(() => answer === 'world');
    peer.destroy();
    await eventually(() => handler.calls.includes('end'));
    connection.end();
    await eventually(() => handler.calls.includes('close'));
    await listener.close();
  });

  it('says that the peer ended, and can still be written', async () => {
    const { handler, connection, peer, listener } = await accepted();
    let answer = '';
    peer.on('data', (data) => (answer += data.toString()));
    peer.end('x');
    await eventually(() => handler.calls.includes('end'));
    expect(handler.text).toBe('x');
    connection.write(Buffer.from('late'), 0, 4);
    connection.end();
    await eventually(() => answer === 'late' && handler.calls.includes('close'));
    await listener.close();
  });

  it('closes when it is reset', async () => {
    const { handler, peer, listener } = await accepted();
    peer.resetAndDestroy();
    await eventually(() => handler.calls.length > 0);
    expect(handler.calls).toEqual(['close ECONNRESET']);
    await listener.close();
  });

  it('is not read while it is paused', async () => {
    const { handler, connection, peer, listener } = await accepted();
    connection.pause();
    let isTaken = true;
    while (isTaken) {
      isTaken = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), 200);
        peer.write(Buffer.alloc(1 << 20, 'x'), () => {
          clearTimeout(timer);
          resolve(true);
        });
      });
    }
    expect(handler.text).toBe('');
    connection.resume();
    await eventually(() => peer.writableLength === 0);
    peer.destroy();
    await listener.close();
  });

  it.each([false, true])(
    'counts what the kernel did not take, and says when it did (kept: %s)',
    async (isKept) => {
      const { handler, connection, peer, listener } = await accepted();
      peer.pause();
      const bytes = Buffer.alloc(32 << 20, 'x');
      connection.write(bytes, 1, bytes.length - 1, isKept);
      if (!isKept) bytes.fill('-');
      connection.write(Buffer.from('end'), 0, 3);
      expect(connection.unsentBytes).toBeGreaterThan(0);
      let received = 0;
      let last = '';
      peer.on('data', (data: Buffer) => {
        received += data.length;
        last = data.subarray(-6).toString();
      });
      peer.resume();
      await eventually(() => handler.calls.includes('drain'));
      await eventually(() => received === bytes.length + 1);
      expect(last).toBe('xxxend');
      expect(connection.unsentBytes).toBe(0);
      connection.end();
      await eventually(() => handler.calls.includes('close'));
      await listener.close();
    },
  );
});

describe('a connection that is gone', () => {
  it('writes nothing, though another has its descriptor now', async () => {
    const first = await accepted();
    const second = await accepted();
    const answers: string[] = [];
    first.connection.destroy();
    // Whoever opens next gets the lowest number that is free: that of the first.
    const third = net.connect(second.listener.port, '127.0.0.1');
    third.on('data', (data) => answers.push(data.toString()));
    second.peer.on('data', (data) => answers.push(data.toString()));
    for (let i = 0; i < 5; i++) {
      first.connection.write(Buffer.from('lost'), 0, 4);
      await new Promise((resolve) => setImmediate(resolve));
    }
    second.connection.write(Buffer.from('kept'), 0, 4);
    await eventually(() => answers.length > 0 && first.handler.calls.includes('close'));
    first.connection.write(Buffer.from('lost'), 0, 4);
    // At neither end of the others.
    expect([answers, second.handler.text]).toEqual([['kept'], '']);
    for (const peer of [first.peer, second.peer, third]) peer.destroy();
    await first.listener.close();
    await second.listener.close();
  });
});

describe('connect', () => {
  it('opens, or closes with the reason', async () => {
    const { listener, peer } = await accepted();
    const good = new Recorder();
    const connection = nodeTransport.connect(
      { host: '127.0.0.1', port: listener.port, timeoutMs: 1000 },
      good,
    );
    await eventually(() => good.calls.includes('open'));
    connection.destroy();
    await eventually(() => good.calls.includes('close'));

    const bad = new Recorder();
    nodeTransport.connect({ host: '127.0.0.1', port: 1, timeoutMs: 1000 }, bad);
    await eventually(() => bad.calls.length > 0);
    expect(bad.calls).toEqual(['close ECONNREFUSED']);
    peer.destroy();
    await listener.close();
  });

  it('listen tells why it cannot', async () => {
    const { listener, peer } = await accepted();
    const again = nodeTransport.listen(
      { host: '127.0.0.1', port: listener.port },
      () => new Recorder(),
    );
    await expect(again).rejects.toThrow('EADDRINUSE');
    peer.destroy();
    await listener.close();
  });
});
