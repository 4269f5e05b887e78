/** Takes a client's request to its shard, or answers it: the hot path between the two sides. */
import {
  commands,
  extractKeys,
  findCommand,
  hasValidArity,
  type Command,
} from '@keyfleet/commands';
import type { RequestFramer } from '@keyfleet/resp';
import { invariant } from '@keyfleet/runtime';
import { keySlot } from '@keyfleet/slots';
import type { Counters } from '../admin/counters.ts';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import { NO_REQUEST, type Outgoing } from '../upstream/reply-sink.ts';
import type { ShardUpstream } from '../upstream/shard-upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { toMicroseconds } from '../turn.ts';
import { dispositionOf, dispositions } from './disposition.ts';
import {
  isCrossProtocol,
  refusal,
  reservedKey,
  notSupported,
  unknownCommand,
  unknownSubcommand,
  wrongArity,
} from './refusals.ts';
import { errors } from './replies.ts';
import { isReserved } from './reserved-key.ts';
import { GATE, type Routing } from './routing.ts';
import { RequestSplitter } from './split-request.ts';

/** Answers, sends or parks the client's current request, or makes it wait. */
export type Handler = (client: Client, command: Command) => void;
export type Handlers = [string, Handler][];

/** Reads of clients that may read from replicas (reads/). */
export interface ReadWays {
  /** A connection to a replica for the current request of `client`; null: it goes to the primary. */
  choose(client: Client, slot: number): UpstreamConnection | null;
  /** False: it waits for reads of its client. */
  admitWrite(client: Client, slot: number): boolean;
  /** May put itself between. */
  onSend(outgoing: Outgoing, client: Client, to: UpstreamConnection['identity']): void;
}

export type RouterEnv = {
  routing: Routing;
  reads: ReadWays;
  monotonicMs: () => number;
  counters: Counters;
  /** By the command's name. */
  handlers: ReadonlyMap<string, Handler>;
  /** Takes a command, known or not, of a client whose mode is not plain; false: it is like any other. */
  takeInMode: (client: Client, command: Command | undefined) => boolean;
  /** A command that is not in the table; null: the servers do not know it either; undefined: it will come again. */
  findForeign: (client: Client) => Command | null | undefined;
  /** Takes a command whose keys, `keys[0, count)` of its arguments, are of several slots; false: it is refused. */
  takeCrossSlot: (
    client: Client,
    command: Command,
    keys: readonly number[],
    count: number,
  ) => boolean;
  /** How long a command waits for its shard. */
  holdQueueMs: number;
  /** From here on a request goes with its memory, where it has its own, instead of being copied. */
  largeRequestBytes: number;
};

const UNDERSCORE = 0x5f;
const RESERVED_ERROR = reservedKey();

export class Router {
  /** Requests by the command's index; the last is for all that are not in the table. */
  readonly requestCounts = new Float64Array(dispositions.length + 1);
  unknownCount = 0;

  readonly #env: RouterEnv;
  readonly #keys: number[] = [];
  readonly #splitter: RequestSplitter;
  /** Filled anew for each send. */
  readonly #outgoing: Outgoing = { ...NO_REQUEST };

  constructor(env: RouterEnv) {
    this.#env = env;
    this.#splitter = new RequestSplitter(this, env.routing.traits);
    const own = commands.filter(({ index }) => dispositions[index] === 'own');
    const isComplete = own.every(({ name }) => env.handlers.has(name));
    invariant(
      isComplete && own.length === env.handlers.size,
      'the own commands have a handler each, and no others have',
    );
  }

  /** Answers, sends or parks the client's current request. */
  dispatch(client: Client): void {
    const command = findCommand(client.request);
    if (command !== undefined) return this.#dispatch(client, command);
    const foreign = this.#env.findForeign(client);
    if (foreign === null) this.#dispatchUnknown(client);
    else if (foreign !== undefined) this.#dispatch(client, foreign);
  }

  #dispatch(client: Client, command: Command): void {
    const { request } = client;
    client.facts.lastCommand = command;
    if (client.mode !== MODE.plain && this.#env.takeInMode(client, command)) {
      if (!client.isWaiting) this.requestCounts[command.index]!++;
      return;
    }
    if (!hasValidArity(command, request.count)) client.answer(wrongArity(command));
    else if (dispositions[command.index] === 'oneKey')
      this.#forwardOneKey(client, request, command);
    else this.#dispatchOther(client, request, command);
    // One that waits comes again.
    if (!client.isWaiting) this.requestCounts[command.index]!++;
  }

  #dispatchUnknown(client: Client): void {
    client.facts.lastCommand = undefined;
    if (client.mode !== MODE.plain && this.#env.takeInMode(client, undefined)) return;
    this.unknownCount++;
    if (isCrossProtocol(client.request)) client.cutOff();
    else client.answer(unknownCommand(client.request));
  }

  /**
   * A connection for a command on `slot`, or null: then the client was answered or parked. The gate that every
   * command passes.
   */
  admit(client: Client, slot: number, isWrite: boolean): UpstreamConnection | null {
    const shard = this.passGate(client, slot, isWrite);
    if (shard === null) return null;
    if (client.facts.reads !== null) {
      if (isWrite && !this.#env.reads.admitWrite(client, slot)) return null;
      const replica = isWrite ? null : this.#env.reads.choose(client, slot);
      if (replica !== null) return replica;
    }
    const connection = shard.ready(client.connectionClass, client);
    if (connection !== null) return connection;
    const refusal = shard.refusal(this.#env.monotonicMs());
    return refusal === null
      ? this.#park(client, shard, errors.notConnected)
      : this.#refuse(client, refusal);
  }

  /** The same for a command that has a connection: the shard that owns `slot`, or null. */
  passGate(client: Client, slot: number, isWrite: boolean): ShardUpstream | null {
    const { routing } = this.#env;
    if (routing.closedError !== null) return this.#refuse(client, routing.closedError);
    const shard = routing.shards[routing.owners[slot]!];
    if (shard === undefined) return this.#refuse(client, errors.slotNotServed);
    const gate = routing.gates[slot]!;
    return gate === GATE.open || isOpenTo(gate, client, isWrite)
      ? shard
      : this.#park(client, shard, errors.holdLimit);
  }

  #onCrossSlot(client: Client, command: Command, count: number): void {
    if (this.#env.takeCrossSlot(client, command, this.#keys, count)) return;
    this.#env.counters.crossSlot++;
    client.answer(errors.crossSlot);
  }

  #refuse(client: Client, error: Uint8Array): null {
    this.#env.counters.refused++;
    client.answer(error);
    return null;
  }

  #park(client: Client, shard: ShardUpstream, error: Uint8Array): null {
    const { counters, monotonicMs } = this.#env;
    // One that is woken and waits again is one command.
    const isFirst = client.parkDeadlineMs === null;
    if (shard.parking.park(client, monotonicMs(), error)) {
      if (isFirst) counters.parked++;
      client.waitFor(shard);
    } else {
      counters.parkingFull++;
      client.answer(errors.holdLimit);
    }
    return null;
  }

  /** Sends the client's current request on an admitted connection. */
  send(client: Client, connection: UpstreamConnection, slot: number, isWrite: boolean): void {
    const { request } = client;
    const outgoing = this.#outgoing;
    outgoing.sink = client;
    outgoing.token = client.reserve();
    outgoing.slot = slot;
    outgoing.isWrite = isWrite;
    outgoing.sinceUs = this.sinceUs(client);
    outgoing.bytes = request.bytes;
    outgoing.start = request.start;
    outgoing.end = request.end;
    if (client.facts.reads !== null && !isWrite)
      this.#env.reads.onSend(outgoing, client, connection.identity);
    const isLarge = request.end - request.start >= this.#env.largeRequestBytes;
    if (isLarge && request.detach()) connection.sendWithMemory(outgoing);
    else connection.send(outgoing);
  }

  /** When the client's current request was taken up, if it had to wait since; else 0. */
  sinceUs({ parkDeadlineMs }: Client): number {
    return parkDeadlineMs === null ? 0 : toMicroseconds(parkDeadlineMs - this.#env.holdQueueMs);
  }

  #forwardOneKey(client: Client, request: RequestFramer, command: Command): void {
    const start = request.offsets[2]!;
    const end = request.offsets[3]!;
    if (request.bytes[start] === UNDERSCORE && isReserved(request.bytes, start, end)) {
      return client.answer(RESERVED_ERROR);
    }
    this.#forward(client, command, keySlot(request.bytes, start, end));
  }

  #forward(client: Client, command: Command, slot: number): void {
    const isWrite = isWriteFor(command);
    const connection = this.admit(client, slot, isWrite);
    if (connection !== null) this.send(client, connection, slot, isWrite);
  }

  #dispatchOther(client: Client, request: RequestFramer, command: Command): void {
    if (command.subcommands.length > 0 && request.count > 1) {
      return client.answer(unknownSubcommand(command, request));
    }
    switch (dispositions[command.index] ?? dispositionOf(command)) {
      case 'own':
        return this.#env.handlers.get(command.name)!(client, command);
      case 'split':
      case 'sameSlot':
      case 'oneKey':
        return this.forwardKeys(client, command);
      case 'refused':
        return client.answer(notSupported(command));
    }
  }

  /** Commands with keys; also those whose handler has nothing to add. */
  forwardKeys(client: Client, command: Command): void {
    const { request } = client;
    const refused = refusal(command, request, this.#env.routing.traits);
    if (refused !== null) return client.answer(refused);
    const keys = this.#keys;
    const count = extractKeys(command, request, keys);
    if (count < 0) return this.#forwardMalformed(client, command);
    if (count === 0) return client.answer(notSupported(command));
    for (let i = 0; i < count; i++) {
      const reserved = reservedError(request, keys[i]!);
      if (reserved !== null) return client.answer(reserved);
    }
    if (dispositions[command.index] === 'split')
      this.#splitter.split({ client, command, keys, count });
    else this.#forwardSameSlot(client, command, count);
  }

  /**
   * Keys that cannot be found are for the server to complain of, in its own words: any node of a Redis Cluster does so
   * too. PFMERGE with nothing to merge is well formed: its key is where the first always is.
   */
  #forwardMalformed(client: Client, command: Command): void {
    const { request } = client;
    for (let i = 1; i < request.count; i++) {
      const reserved = reservedError(request, i);
      if (reserved !== null) return client.answer(reserved);
    }
    const first = firstKeyOf(command, request);
    this.#forward(client, command, first > 0 ? slotOfKey(request, first) : 0);
  }

  #forwardSameSlot(client: Client, command: Command, count: number): void {
    const { routing } = this.#env;
    const slot = slotOfKey(client.request, this.#keys[0]!);
    for (let i = 1; i < count; i++) {
      if (!routing.goTogether(slot, slotOfKey(client.request, this.#keys[i]!)))
        return this.#onCrossSlot(client, command, count);
    }
    this.#forward(client, command, slot);
  }
}

/** A gate that is not simply open. */
function isOpenTo(gate: number, { pendingCount }: Client, isWrite: boolean): boolean {
  return gate === GATE.moves ? pendingCount === 0 : gate === GATE.holdsWrites && !isWrite;
}

/** Scripts and functions may write: only what is declared readonly, or has no keys, is not a write. */
function isWriteFor(command: Command): boolean {
  return !command.isReadonly && command.hasKeys;
}

/** The argument that is always a key, whatever the others are; 0: the command has none such. */
export function firstKeyOf({ firstKey }: Command, request: RequestFramer): number {
  return firstKey < request.count ? firstKey : 0;
}

export function slotOfKey({ bytes, offsets }: RequestFramer, argument: number): number {
  return keySlot(bytes, offsets[2 * argument]!, offsets[2 * argument + 1]!);
}

/** What a client is told that names a key of ours; null: the argument is none. */
export function reservedError(
  { bytes, offsets }: RequestFramer,
  argument: number,
): Uint8Array | null {
  const isOurs = isReserved(bytes, offsets[2 * argument]!, offsets[2 * argument + 1]!);
  return isOurs ? RESERVED_ERROR : null;
}
