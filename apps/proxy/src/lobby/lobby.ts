/** Those who have not said who they are: bounded in count, bytes and time, however many listeners ask. */
import { refuse } from '../downstream/refuse.ts';
import type { Connection, ConnectionHandler } from '../transport/transport.ts';
import type { Account, Users } from './account.ts';
import { Guest } from './guest.ts';

export type LobbyLimits = {
  readonly guestsMax: number;
  /** Beginnings of requests, of all together. */
  readonly keptBytesMax: number;
  readonly stayMs: number;
};

/** Whoever has credentials says them at once; all clients of a proxy may come anew in one moment. */
export const LOBBY_LIMITS: LobbyLimits = {
  guestsMax: 10_000,
  keptBytesMax: 16 * 1024 * 1024,
  stayMs: 10_000,
};

export type LobbyEnv = {
  readonly limits: LobbyLimits;
  readonly monotonicMs: () => number;
  readonly admit: (connection: Connection, account: Account) => ConnectionHandler;
};

export class Lobby {
  refusedCount = 0;
  wrongPasswords = 0;
  /** Closed because they did not say who they are in time. */
  dismissedCount = 0;
  readonly #env: LobbyEnv;
  /** The oldest first. */
  readonly #guests = new Set<Guest>();
  #keptBytes = 0;

  constructor(env: LobbyEnv) {
    this.#env = env;
  }

  get size(): number {
    return this.#guests.size;
  }

  accept(connection: Connection, users: Users): ConnectionHandler {
    const { limits, admit, monotonicMs } = this.#env;
    if (this.#guests.size >= limits.guestsMax) {
      this.refusedCount++;
      return refuse(connection);
    }
    const guest = new Guest(connection, monotonicMs(), {
      users,
      admit,
      noteKept: (bytes) => (this.#keptBytes += bytes) <= limits.keptBytesMax,
      onLeft: (left) => this.#guests.delete(left),
      onWrongPassword: () => this.wrongPasswords++,
    });
    this.#guests.add(guest);
    return guest;
  }

  /** Some times a second. */
  sweep(): void {
    const { limits, monotonicMs } = this.#env;
    const sinceMsMin = monotonicMs() - limits.stayMs;
    for (const guest of this.#guests) {
      if (guest.sinceMs > sinceMsMin) return;
      this.dismissedCount++;
      guest.dismiss();
      this.#guests.delete(guest);
    }
  }

  close(): void {
    for (const guest of this.#guests) guest.dismiss();
  }
}
