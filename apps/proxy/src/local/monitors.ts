/**
 * MONITOR: clients that are shown every command of all clients (replication.c `replicationFeedMonitors`). What clients of
 * this process do is shown to its own monitors, and to processes that have some.
 */
import { hasValidArity, type Command } from '@keyfleet/commands';
import { encode, type RequestFramer } from '@keyfleet/resp';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { ownCommands } from '../route/own-commands.ts';
import { OK } from '../route/replies.ts';
import { queuedAs } from '../session/queued-as.ts';
import { requestOf } from '../session/request-of.ts';
import type { Step } from '../session/transaction.ts';
import type { Turn, TurnTask } from '../turn.ts';
import { answerFromAll } from '../workers/answer-from-all.ts';
import type { Processes, WatchOrder } from '../workers/processes.ts';
import { quoted } from './quoted.ts';

/** A monitor that does not read is closed. */
const UNREAD_BYTES_MAX = 8 * 1024 * 1024;
/** Of one argument: a value may have 512 MB. */
const ARGUMENT_SHOWN_BYTES = 1024;
/** Of one command: an MSET may have a million keys. */
const ARGUMENTS_SHOWN = 1000;

const scripts = new Set<string>(ownCommands.scripts);

export type MonitoredClients = {
  readonly all: () => Iterable<Client>;
  /** Bits of `Client.mode` that new clients begin with. */
  modeOfNew: number;
};

type Shown = {
  readonly client: Client;
  readonly command: Command;
  readonly request: RequestFramer;
  readonly database: number;
};

export type MonitorsEnv = {
  readonly clients: () => MonitoredClients;
  readonly wallMs: () => number;
  /** For the memory budget. */
  readonly noteRead: (bytes: number) => void;
  /** What EXEC would do: commands are shown when they are carried out. */
  readonly stepsOf: (client: Client) => readonly Step[];
  readonly processes: Processes;
  readonly turn: Turn;
};

export class Monitors {
  readonly #env: MonitorsEnv;
  readonly #monitors = new Set<Client>();
  /** Other processes that have monitors. */
  readonly #watching = new Set<number>();
  /** For these, of this turn. */
  #lines: Uint8Array[] = [];
  readonly #posting: TurnTask = { queued: false, runTurn: () => this.#post() };
  /** How many requests a client had made when its last one was shown: one that waits comes again. */
  #shown = new WeakMap<Client, number>();

  constructor(env: MonitorsEnv) {
    this.#env = env;
  }

  /** The process, if it has monitors. */
  get watching(): number | null {
    return this.#monitors.size > 0 ? this.#env.processes.number : null;
  }

  /** It is answered when all processes show what they do. */
  start(client: Client): void {
    const { processes } = this.#env;
    const order = { process: processes.number, isOn: true };
    answerFromAll(client, processes, ['watch', order], () => {
      this.#monitors.add(client);
      client.mode |= MODE.monitor;
      this.#setMonitored();
      // It left meanwhile.
      if (client.isClosed) this.stop(client);
      return OK;
    });
  }

  stop(client: Client): void {
    if (!this.#monitors.delete(client)) return;
    client.mode &= ~MODE.monitor;
    if (this.#monitors.size > 0) return;
    this.#setMonitored();
    const { processes } = this.#env;
    // Behind a question by which another begins, not before it.
    processes.ask('watch', { process: processes.number, isOn: false }, () => undefined);
  }

  /** Another process has monitors, or none any more. */
  watch({ process, isOn }: WatchOrder): true {
    if (process === this.#env.processes.number) return true;
    if (isOn) this.#watching.add(process);
    else this.#watching.delete(process);
    this.#setMonitored();
    return true;
  }

  /** Lines of another process; null: some are lost. */
  onShown(lines: Uint8Array | null): void {
    if (lines !== null) return this.#push(lines);
    for (const monitor of [...this.#monitors]) monitor.cutOff();
  }

  show(client: Client, command: Command | undefined): void {
    const { facts, request, database } = client;
    // What is refused, and what nobody knows, is not carried out.
    if (command === undefined || !hasValidArity(command, request.count)) return;
    const isQueued = (client.mode & MODE.queueing) !== 0 && queuedAs(command) !== 'atOnce';
    if (isQueued || this.#shown.get(client) === facts.requests) return;
    this.#shown.set(client, facts.requests);
    if (command.name === 'exec') this.#showSteps(client);
    this.#tell({ client, command, request, database });
  }

  #showSteps(client: Client): void {
    let { database } = client;
    for (const step of this.#env.stepsOf(client)) {
      const { command, frame } = step;
      this.#tell({ client, command, request: requestOf(frame), database });
      database = step.database ?? database;
    }
  }

  #tell(shown: Shown): void {
    if (isSecret(shown.command)) return;
    const line = encode.simpleString(this.#line(shown));
    this.#push(line);
    if (this.#watching.size === 0) return;
    this.#lines.push(line);
    this.#env.turn.atEnd(this.#posting);
  }

  #push(lines: Uint8Array): void {
    this.#env.noteRead(lines.length * this.#monitors.size);
    for (const monitor of [...this.#monitors]) {
      monitor.push(lines);
      if (monitor.unreadBytes > UNREAD_BYTES_MAX) monitor.cutOff();
    }
  }

  #post(): void {
    const lines = Buffer.concat(this.#lines);
    this.#lines = [];
    this.#env.processes.post(this.#watching, { about: 'shown', lines });
  }

  #line({ client: { connection }, command: { name }, request, database }: Shown): string {
    const seconds = (this.#env.wallMs() / 1000).toFixed(6);
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

  #setMonitored(): void {
    const isOn = this.#monitors.size + this.#watching.size > 0;
    const clients = this.#env.clients();
    if (isOn === ((clients.modeOfNew & MODE.monitored) !== 0)) return;
    const change = (mode: number): number =>
      isOn ? mode | MODE.monitored : mode & ~MODE.monitored;
    clients.modeOfNew = change(clients.modeOfNew);
    for (const client of clients.all()) client.mode = change(client.mode);
  }
}

/** As in Redis, where what administers is not shown, and what runs scripts shows itself (eval.c). */
function isSecret({ name, isAdmin, flags }: Command): boolean {
  return isAdmin || (flags.has('skip_monitor') && !scripts.has(name));
}
