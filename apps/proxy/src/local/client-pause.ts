/**
 * CLIENT PAUSE: clients wait before their next command, or their next write. What servers do on their own
 * (expiry, for one) goes on: that is theirs.
 */
import type { Command } from '@keyfleet/commands';
import type { Clock } from '@keyfleet/runtime';
import type { Client } from '../downstream/client.ts';
import type { Parkable, ParkingPlace } from '../route/parking.ts';
import { MODE } from '../downstream/mode.ts';

export type PauseKind = 'write' | 'all';
export type Pause = { readonly kind: PauseKind; readonly forMs: number };

/** They may write though they are not said to (networking.c: "may replicate"). */
const writesMaybe = new Set(['eval', 'evalsha', 'fcall', 'publish', 'spublish', 'pfcount']);

export type PausedClients = {
  readonly all: () => Iterable<Client>;
  /** Bits of `Client.mode` that new clients begin with. */
  modeOfNew: number;
};

export class ClientPause implements ParkingPlace {
  readonly id = 'CLIENT PAUSE';
  readonly isEndless = true;
  readonly parking = { leave: (client: Parkable): void => void this.#waiting.delete(client) };
  readonly #clients: () => PausedClients;
  readonly #clock: Clock;
  /** Commands that its EXEC would carry out. */
  readonly #queuedBy: (client: Client) => readonly Command[];
  readonly #waiting = new Set<Parkable>();
  #kind: PauseKind = 'write';
  #untilMs = -Infinity;

  constructor(
    clients: () => PausedClients,
    clock: Clock,
    queuedBy: (client: Client) => readonly Command[],
  ) {
    this.#queuedBy = queuedBy;
    this.#clients = clients;
    this.#clock = clock;
  }

  get inForce(): Pause | null {
    const forMs = this.#untilMs - this.#clock.monotonicMs();
    return forMs > 0 ? { kind: this.#kind, forMs } : null;
  }

  /** A pause in force is never shortened, nor made weaker. */
  start({ kind, forMs }: Pause): true {
    const nowMs = this.#clock.monotonicMs();
    const isOn = this.#untilMs > nowMs;
    if (!isOn || kind === 'all') this.#kind = kind;
    this.#untilMs = Math.max(this.#untilMs, nowMs + forMs);
    this.#clients().modeOfNew |= MODE.paused;
    for (const client of this.#clients().all()) client.mode |= MODE.paused;
    if (!isOn) void this.#endInTime();
    return true;
  }

  stop(): true {
    this.#untilMs = -Infinity;
    this.#clients().modeOfNew &= ~MODE.paused;
    for (const client of this.#clients().all()) client.mode &= ~MODE.paused;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const client of waiting) client.unpark();
    return true;
  }

  /** True: the client's request waits. */
  take(client: Client, command: Command | undefined): boolean {
    if (this.#kind === 'write' && !this.#writes(client, command)) return false;
    this.#waiting.add(client);
    client.waitFor(this);
    return true;
  }

  #writes(client: Client, command: Command | undefined): boolean {
    return command?.name === 'exec' ? this.#queuedBy(client).some(isWrite) : isWrite(command);
  }

  async #endInTime(): Promise<void> {
    for (;;) {
      const leftMs = this.#untilMs - this.#clock.monotonicMs();
      if (leftMs <= 0) break;
      await this.#clock.sleep(Math.min(leftMs, 50));
    }
    if (this.#untilMs !== -Infinity) this.stop();
  }
}

function isWrite(command: Command | undefined): boolean {
  return command !== undefined && (command.isWrite || writesMaybe.has(command.name));
}
