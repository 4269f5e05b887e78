/** MONITOR: clients of this process that are shown every command of its clients (replication.c `replicationFeedMonitors`). */
import { encode } from '@keyfleet/resp';
import type { Command } from '@keyfleet/commands';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { OK } from '../route/replies.ts';
import { quoted } from './quoted.ts';

/** A monitor that does not read is closed. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024;
/** Of one argument: a value may have 512 MB. */
const ARGUMENT_SHOWN_BYTES = 1024;
/** Of one command: an MSET may have a million keys. */
const ARGUMENTS_SHOWN = 1000;

export type MonitoredClients = {
  readonly all: () => Iterable<Client>;
  /** Bits of `Client.mode` that new clients begin with. */
  modeOfNew: number;
};

export class Monitors {
  readonly #clients: () => MonitoredClients;
  readonly #wallMs: () => number;
  readonly #noteRead: (bytes: number) => void;
  readonly #monitors = new Set<Client>();
  /** How many requests a client had made when its last one was shown: one that waits comes again. */
  #shown = new WeakMap<Client, number>();

  /** `noteRead`: for the memory budget. */
  constructor(
    clients: () => MonitoredClients,
    wallMs: () => number,
    noteRead: (bytes: number) => void,
  ) {
    this.#noteRead = noteRead;
    this.#clients = clients;
    this.#wallMs = wallMs;
  }

  start(client: Client): void {
    client.answer(OK);
    this.#monitors.add(client);
    client.mode |= MODE.monitor;
    this.#setMonitored(true);
  }

  stop(client: Client): void {
    if (!this.#monitors.delete(client)) return;
    client.mode &= ~MODE.monitor;
    if (this.#monitors.size === 0) this.#setMonitored(false);
  }

  show(client: Client, command: Command | undefined): void {
    const { requests } = client.facts;
    // As in Redis; what administers may tell a password.
    const isSecret = command === undefined || command.isAdmin || command.flags.has('skip_monitor');
    if (isSecret || this.#shown.get(client) === requests) return;
    this.#shown.set(client, requests);
    const line = encode.simpleString(this.#line(client, command));
    this.#noteRead(line.length * this.#monitors.size);
    for (const monitor of [...this.#monitors]) {
      monitor.push(line);
      if (monitor.unreadBytes > UNREAD_BYTES_MAX) monitor.cutOff();
    }
  }

  #line({ request, database, connection }: Client, { name }: Command): string {
    const seconds = (this.#wallMs() / 1000).toFixed(6);
    // What is said to authenticate is nobody's business.
    const count =
      name === 'auth' || name === 'hello' ? 1 : Math.min(request.count, ARGUMENTS_SHOWN);
    const words = Array.from({ length: count }, (_, index) => {
      const start = request.offsets[2 * index]!;
      const end = Math.min(request.offsets[2 * index + 1]!, start + ARGUMENT_SHOWN_BYTES);
      return quoted(request.bytes.subarray(start, end));
    });
    const hidden = count < request.count ? [`(${request.count - count} more)`] : [];
    return [`${seconds} [${database} ${connection.remoteAddress}]`, ...words, ...hidden].join(' ');
  }

  #setMonitored(isOn: boolean): void {
    const clients = this.#clients();
    const change = (mode: number): number =>
      isOn ? mode | MODE.monitored : mode & ~MODE.monitored;
    clients.modeOfNew = change(clients.modeOfNew);
    for (const client of clients.all()) client.mode = change(client.mode);
  }
}
