/**
 * Tells clients of changes, so that none keeps an old value: what it waited for when the change came is answered before.
 * In the other direction there is no harm: to forget a value that is new.
 */
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { Invalidation, redirectBroken, type Keys } from './invalidation.ts';
import type { Taken } from './tracked-keys.ts';
import type { Tracker } from './tracker.ts';

/** More than this come in several pushes. */
const KEYS_MAX = 1000;
/** Where more of them wait for one client, it is told that all keys changed. */
const HELD_MAX = 1000;
const LOOK_EVERY_MS = 1;

/** Behind all that it waits for, unless that blocks. */
type Order = 'usual' | 'ahead' | 'behind';

export type TellerEnv = {
  readonly sleep: (ms: number) => Promise<void>;
  /** For the memory budget. */
  readonly noteRead: (bytes: number) => void;
  /** A client that does not read is closed above this. */
  readonly unreadBytesMax: number;
};

/** Waits until its client's replies so far have left: another connection is told, which knows no order with them. */
type Held = {
  readonly tracker: Tracker;
  readonly invalidation: Invalidation;
  readonly until: number;
};

export class Teller {
  readonly #env: TellerEnv;
  #held: Held[] = [];
  /** Bytes since a client had last read everything. */
  readonly #pushedBytes = new WeakMap<Client, number>();
  readonly #heldCounts = new Map<Tracker, number>();
  #isReleasing = false;

  constructor(env: TellerEnv) {
    this.#env = env;
  }

  /** Many keys at once, of many clients. */
  tellTaken(taken: Taken): void {
    for (const [tracker, keys] of taken) {
      for (let at = 0; at < keys.length; at += KEYS_MAX)
        this.tellKeys(tracker, keys.slice(at, at + KEYS_MAX));
    }
  }

  tellKeys(tracker: Tracker, keys: Keys): void {
    this.tell(tracker, new Invalidation(keys));
  }

  /** `ahead`: of what it waits for, nothing has the value; `behind`: something may, even a blocking command. */
  tell(tracker: Tracker, invalidation: Invalidation, order: Order = 'usual'): void {
    const { client, redirect } = tracker;
    if (client === null || client.isClosed) return;
    if (redirect === null) {
      if (client.respVersion === 3) this.#push(client, invalidation.push, order);
    } else if (redirect.isClosed) this.#noteBroken(tracker, client);
    else if (isFree(client, order) || redirect === client) this.#redirect(redirect, invalidation);
    else this.#hold({ tracker, invalidation, until: client.places.tail });
  }

  #redirect(to: Client, invalidation: Invalidation): void {
    if (to.respVersion === 3) this.#push(to, invalidation.push, 'usual');
    else if ((to.mode & MODE.subscribed) !== 0) this.#push(to, invalidation.message, 'usual');
  }

  #noteBroken(tracker: Tracker, client: Client): void {
    tracker.isRedirectBroken = true;
    if (client.respVersion === 3)
      this.#push(client, redirectBroken(tracker.options.redirect), 'usual');
  }

  #push(client: Client, bytes: Uint8Array, order: Order): void {
    const { unreadBytesMax } = this.#env;
    const before = client.unreadBytes === 0 ? 0 : (this.#pushedBytes.get(client) ?? 0);
    const pushed = before + bytes.length;
    this.#pushedBytes.set(client, pushed);
    this.#env.noteRead(bytes.length);
    client.push(bytes, order === 'usual' && !isBlocked(client) ? 'behind' : order);
    // Replies that it reads slowly are its own affair.
    if (pushed > unreadBytesMax && client.unreadBytes > unreadBytesMax) client.cutOff();
  }

  #hold(held: Held): void {
    const { tracker, until } = held;
    const count = (this.#heldCounts.get(tracker) ?? 0) + 1;
    const isTooMuch = count > HELD_MAX;
    this.#heldCounts.set(tracker, isTooMuch ? 1 : count);
    if (isTooMuch) {
      this.#held = this.#held.filter((one) => one.tracker !== tracker);
      this.#held.push({ tracker, invalidation: new Invalidation(null), until });
    } else this.#held.push(held);
    if (!this.#isReleasing) void this.#release();
  }

  async #release(): Promise<void> {
    this.#isReleasing = true;
    while (this.#held.length > 0) {
      await this.#env.sleep(LOOK_EVERY_MS);
      const held = this.#held;
      this.#held = held.filter((one) => !isRipe(one));
      this.#heldCounts.clear();
      for (const { tracker } of this.#held)
        this.#heldCounts.set(tracker, (this.#heldCounts.get(tracker) ?? 0) + 1);
      for (const { tracker, invalidation } of held.filter(isRipe)) {
        if (tracker.redirect !== null) this.#redirect(tracker.redirect, invalidation);
      }
    }
    this.#isReleasing = false;
  }
}

/** While a blocking command is all that it waits for, nothing that it has read is on its way. */
function isBlocked({ mode }: Client): boolean {
  return (mode & MODE.blocked) !== 0;
}

/** Another connection may be told at once. */
function isFree(client: Client, order: Order): boolean {
  if (order === 'ahead' || client.pendingCount === 0) return true;
  return order === 'usual' && isBlocked(client);
}

function isRipe({ tracker, until }: Held): boolean {
  const { client } = tracker;
  return client === null || client.isClosed || ((client.places.head - until) | 0) >= 0;
}
