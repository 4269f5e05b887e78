import { describe, expect, it } from 'vitest';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import type { Account, Users } from './account.ts';
import { Lobby } from './lobby.ts';

class FakeConnection implements Connection {
  readonly remoteAddress = '';
  readonly localAddress = '';
  readonly descriptor = -1;
  unsentBytes = 0;
  written = '';
  isEnded = false;
  isDestroyed = false;
  write(bytes: Uint8Array, start: number, end: number): void {
    this.written += Buffer.from(bytes.subarray(start, end)).toString();
  }
  pause(): void {}
  resume(): void {}
  end(): void {
    this.isEnded = true;
  }
  destroy(): void {
    this.isDestroyed = true;
  }
}

const users: Users = {
  has: () => true,
  find: (name, password) => (password === 'right' ? { name, cluster: 'a' } : null),
};
const LIMITS = { guestsMax: 2, keptBytesMax: 100, stayMs: 1000 };

function lobbyOf(): {
  lobby: Lobby;
  clock: { nowMs: number };
  admitted: Account[];
  heard: string[];
} {
  const clock = { nowMs: 0 };
  const admitted: Account[] = [];
  const heard: string[] = [];
  const client: ConnectionHandler = {
    onOpen: () => undefined,
    onData: (bytes, length) => heard.push(Buffer.from(bytes.subarray(0, length)).toString()),
    onEnd: () => heard.push('end'),
    onDrain: () => undefined,
    onClose: () => heard.push('close'),
  };
  const lobby = new Lobby({
    limits: LIMITS,
    monotonicMs: () => clock.nowMs,
    admit: (_connection, account) => {
      admitted.push(account);
      return client;
    },
  });
  return { lobby, clock, admitted, heard };
}

function say(to: ConnectionHandler, text: string): void {
  const bytes = Buffer.from(text);
  to.onData(bytes, bytes.length);
}

describe('the lobby', () => {
  it('hands over the request that says who it is, and all behind it', () => {
    const { lobby, admitted, heard } = lobbyOf();
    const connection = new FakeConnection();
    const guest = lobby.accept(connection, users);
    say(guest, 'PING\r\nAUTH app ri');
    say(guest, 'ght\r\nGET k\r\nSET k');
    say(guest, ' v\r\n');
    guest.onEnd();
    guest.onClose(undefined);
    expect(connection.written).toBe('-NOAUTH Authentication required.\r\n');
    expect(admitted).toEqual([{ users, cluster: 'a', userName: 'app' }]);
    expect(heard).toEqual(['AUTH app right\r\nGET k\r\nSET k', ' v\r\n', 'end', 'close']);
    expect(lobby.size).toBe(0);
  });

  it('takes no more than it has room for', () => {
    const { lobby } = lobbyOf();
    const [one, , three] = [1, 2, 3].map(() => {
      const connection = new FakeConnection();
      return { connection, guest: lobby.accept(connection, users) };
    });
    expect(three!.connection.written).toBe('-ERR max number of clients reached\r\n');
    expect(three!.connection.isEnded).toBe(true);
    expect(lobby.refusedCount).toBe(1);
    one!.guest.onClose(undefined);
    const next = new FakeConnection();
    lobby.accept(next, users);
    expect(next.written).toBe('');
  });

  it('keeps no more of all their requests than it may', () => {
    const { lobby } = lobbyOf();
    const connections = [new FakeConnection(), new FakeConnection()];
    const guests = connections.map((connection) => lobby.accept(connection, users));
    for (const guest of guests) say(guest, `GET ${'k'.repeat(60)}`);
    expect(connections.map(({ isDestroyed }) => isDestroyed)).toEqual([false, true]);
    guests[1]!.onClose(undefined);
    const next = new FakeConnection();
    say(lobby.accept(next, users), 'GET k');
    expect(next.isDestroyed).toBe(false);
  });

  it('sends away who does not say in time who it is', () => {
    const { lobby, clock } = lobbyOf();
    const [early, late] = [new FakeConnection(), new FakeConnection()];
    lobby.accept(early, users);
    clock.nowMs = 600;
    lobby.accept(late, users);
    clock.nowMs = 1000;
    lobby.sweep();
    expect([early.isDestroyed, late.isDestroyed]).toEqual([true, false]);
    expect(lobby.dismissedCount).toBe(1);
  });

  it('lets nobody stay who does not read', () => {
    const { lobby } = lobbyOf();
    const connection = new FakeConnection();
    connection.unsentBytes = 100_000;
    say(lobby.accept(connection, users), 'GET k\r\n');
    expect(connection.isDestroyed).toBe(true);
  });
});
