/**
 * CLIENT TRACKING: client-side caching over all shards.
 *
 * All that a client does that has it on goes over connections of a class of its own kind, on which the servers track what
 * is read (upstream/connection-class.ts): so its commands keep their order, and what a server says of a key comes behind
 * the reply it is about. Clients share these connections: which of them read a key is known here (tracked-keys.ts). Only
 * NOLOOP needs a server that can tell clients apart: such a client has connections of its own, as long as there are few.
 *
 * **Invariant:** a client that was answered with a value is told when it may have changed: because the server said so, or
 * because it can say so no more (connection lost, slot moved, table full). It is told behind every reply with that value that
 * it waits for at that time (teller.ts).
 */
import type { Command } from '@keyfleet/commands';
import { encode, encodeCommand } from '@keyfleet/resp';
import type { NamedReading } from '../admin/metric.ts';
import type { Client } from '../downstream/client.ts';
import { MODE } from '../downstream/mode.ts';
import type { ClientActivity } from '../local/client-line.ts';
import { argumentText } from '../route/refusals.ts';
import { errors, OK } from '../route/replies.ts';
import type { Handlers } from '../route/router.ts';
import type { Routing } from '../route/routing.ts';
import { ShardCall } from '../route/shard-call.ts';
import type { Step } from '../session/transaction.ts';
import type { Turn } from '../turn.ts';
import { tracked, untracked } from '../upstream/connection-class.ts';
import { answerFromAll } from '../workers/answer-from-all.ts';
import type { Processes } from '../workers/processes.ts';
import { Feeds } from './feeds.ts';
import { Invalidation } from './invalidation.ts';
import { mayBlock, readKeys, readsOf, type ReadKey } from './reads.ts';
import { Permission } from './permission.ts';
import { Teller, type TellerEnv } from './teller.ts';
import { Tracker, trackingInfo } from './tracker.ts';
import {
  conflict,
  merged,
  NOBODY_THERE,
  parseTracking,
  type TrackingOptions,
} from './tracking-options.ts';
import { Trackers } from './trackers.ts';

const OFF = encode.errorReply(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
);
const NOT_OPT_IN = encode.errorReply(
  'ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.',
);
const NOT_OPT_OUT = encode.errorReply(
  'ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.',
);
/** What is left of a number beside the rest of a connection's class. */
const OWN_ID_MAX = 2 ** 20;
const ELSEWHERE = encode.errorReply(
  'ERR The client ID you want redirect to is that of another worker of the proxy, which cannot tell it: connect again until both have the same',
);
const PING = encodeCommand(['PING']);

export type TrackingEnv = TellerEnv & {
  readonly processes: Processes;
  readonly routing: Routing;
  readonly clients: () => Iterable<Client>;
  /** What EXEC would do, as far as its client was told QUEUED. */
  readonly stepsOf: (client: Client) => readonly Step[];
  /** Its EXEC goes over the connection on which its keys are watched. */
  readonly isWatching: (client: Client) => boolean;
  readonly turn: Turn;
  readonly monotonicMs: () => number;
  /** About what the tables may take. */
  readonly bytesMax: number;
  /** Clients that have connections of their own, for NOLOOP. */
  readonly ownMax: number;
};

export type TrackingCounts = {
  readonly clients: number;
  readonly keys: number;
  /** Each reader of each key. */
  readonly items: number;
  readonly prefixes: number;
};

export class Tracking {
  readonly #env: TrackingEnv;
  readonly #trackers: Trackers;
  readonly #teller: Teller;
  readonly #permission: Permission;
  /** Of clients that have connections of their own. */
  readonly #ownIds = new Set<number>();
  #lastOwnId = 0;

  constructor(env: TrackingEnv) {
    this.#env = env;
    this.#trackers = new Trackers(env.bytesMax);
    this.#teller = new Teller(env);
    this.#permission = new Permission(env);
    const feeds = new Feeds({ ...env, trackers: this.#trackers, teller: this.#teller });
    env.routing.tracked = feeds;
    env.routing.followers.push(feeds);
  }

  handlers(): Handlers {
    return [
      ['client|tracking', (client) => this.#tracking(client)],
      ['client|caching', (client) => client.answer(this.#caching(client))],
      ['client|getredir', (client) => client.answer(this.#redirect(client))],
      ['client|trackinginfo', (client) => client.answer(this.#info(client))],
    ];
  }

  gauges(): NamedReading[] {
    const trackers = this.#trackers;
    return [
      {
        name: 'tracking_clients',
        help: 'Clients with CLIENT TRACKING on.',
        read: () => trackers.size,
      },
      {
        name: 'tracked_keys',
        help: 'Keys that clients read and are told of when they change.',
        read: () => trackers.keyCount,
      },
      {
        name: 'tracked_keys_bytes',
        help: 'About what the table of these keys takes.',
        read: () => trackers.bytes,
      },
    ];
  }

  /** For INFO: of this process. */
  counts(): TrackingCounts {
    const { size, keyCount, readerCount, prefixCount } = this.#trackers;
    return { clients: size, keys: keyCount, items: readerCount, prefixes: prefixCount };
  }

  /** For CLIENT LIST. */
  activityOf(client: Client): Pick<ClientActivity, 'trackingFlags' | 'redirect'> {
    const tracker = this.#trackers.of(client);
    if (tracker === undefined) return { trackingFlags: '', redirect: -1 };
    const { options, isRedirectBroken } = tracker;
    const trackingFlags = `t${isRedirectBroken ? 'R' : ''}${options.isBroadcast ? 'B' : ''}`;
    return { trackingFlags, redirect: options.redirect };
  }

  /** Looks at the next request of a client with tracking on. True: it waits. */
  take(client: Client, command: Command | undefined): boolean {
    if (command === undefined) return false;
    const tracker = this.#trackers.of(client)!;
    const isQueueing = (client.mode & MODE.queueing) !== 0;
    const isBlocking = !isQueueing && mayBlock(command, client.request);
    // While it is blocked it is told at once, which must not overtake a value that it waits for.
    if (isBlocking && !client.isQuietOrWaits()) return true;
    tracker.isFlushed = false;
    this.#trackers.join(tracker, client.connectionClass);
    const isWanted = wantsReads(tracker, client);
    noteTransaction(tracker, isQueueing);
    this.#noteCaching(tracker, client, command, isQueueing);
    if (isWanted) this.#noteReads(tracker, client, command, { isQueueing, isBlocking });
    return false;
  }

  /** It is off; nothing is pending, or nobody is there any more. */
  end(client: Client): void {
    const tracker = this.#trackers.of(client);
    if (tracker === undefined) return;
    if (tracker.ownId !== null) this.#ownIds.delete(tracker.ownId);
    this.#trackers.remove(client);
    client.mode &= ~MODE.tracking;
    client.connectionClass = untracked(client.connectionClass);
  }

  #noteReads(
    tracker: Tracker,
    client: Client,
    command: Command,
    { isQueueing, isBlocking }: { isQueueing: boolean; isBlocking: boolean },
  ): void {
    const isExec = isQueueing && command.name === 'exec';
    if (isQueueing && !isExec) {
      tracker.readsFrom = Math.min(tracker.readsFrom, this.#env.stepsOf(client).length);
      return;
    }
    const reads = isExec
      ? readsOf(this.#env.stepsOf(client), tracker.readsFrom)
      : readKeys(command, client.request);
    if (reads.length === 0) return;
    const isPrivate = isBlocking || (isExec && this.#env.isWatching(client));
    if (isPrivate) this.#forgetBehind(tracker, reads);
    else this.#note(tracker, reads);
  }

  #note(tracker: Tracker, reads: readonly ReadKey[]): void {
    const evicted = this.#trackers.note(tracker, reads);
    if (evicted.size > 0) this.#behindRequest(() => this.#teller.tellTaken(evicted));
  }

  /** They are read over a private connection, where nothing is tracked. */
  #forgetBehind(tracker: Tracker, reads: readonly ReadKey[]): void {
    const invalidation = new Invalidation(reads.map(({ key }) => key));
    this.#behindRequest(() => this.#teller.tell(tracker, invalidation, 'behind'));
  }

  /** The present request has its place among the replies before the turn ends, and its reply does not come before. */
  #behindRequest(runTurn: () => void): void {
    this.#env.turn.soon({ queued: false, runTurn });
  }

  /** CLIENT CACHING counts for the next command that is no CLIENT, or for all of the next transaction. */
  #noteCaching(tracker: Tracker, client: Client, command: Command, isQueueing: boolean): void {
    const { name } = command;
    const isLonger = isQueueing ? name !== 'exec' : name === 'multi' || name.startsWith('client');
    const { requests } = client.facts;
    if (isLonger && requests === tracker.cachingUntil) tracker.cachingUntil = requests + 1;
    const isOptedIn = name === 'client|caching' && tracker.options.isOptIn;
    if (isQueueing && isOptedIn) tracker.cachingUntil = requests + 1;
  }

  #tracking(client: Client): void {
    const clients = this.#env.clients();
    const clientOf = (id: number) => [...clients].find((one) => one.id === id);
    let asked = 0;
    const wanted = parseTracking(client.request, (id) => clientOf((asked = id)) !== undefined);
    if (wanted === NOBODY_THERE) return this.#answerMissing(client, asked);
    if (wanted instanceof Uint8Array) return client.answer(wanted);
    switch (argumentText(client.request, 2).toLowerCase()) {
      case 'on':
        if (!this.#permission.isGivenOrWaits(client)) return;
        return this.#turnOn(client, wanted, clientOf(wanted.redirect) ?? null);
      case 'off':
        if (!client.isQuietOrWaits()) return;
        this.end(client);
        return client.answer(OK);
      default:
        return client.answer(errors.syntax);
    }
  }

  /** No client of this process has the id that it would redirect to. */
  #answerMissing(client: Client, id: number): void {
    answerFromAll(client, this.#env.processes, ['hasClient', id], (found) =>
      found.includes(true) ? ELSEWHERE : NOBODY_THERE,
    );
  }

  #turnOn(client: Client, wanted: TrackingOptions, redirect: Client | null): void {
    const known = this.#trackers.of(client);
    const refused = conflict(wanted, known?.options ?? null);
    if (refused !== null) return client.answer(refused);
    // Its commands go over other connections from here on.
    if (!client.isQuietOrWaits()) return;
    const tracker = known ?? new Tracker(client, wanted);
    tracker.options = merged(wanted, known?.options ?? null);
    tracker.redirect = redirect;
    tracker.isRedirectBroken = false;
    this.#trackers.add(client, tracker);
    this.#switchClass(client, tracker);
    if (client.captured !== undefined) this.#answerInExec(client, tracker);
    else if (wanted.isBroadcast) this.#answerWhenOpen(client, tracker, known === undefined);
    else client.answer(OK);
  }

  /** What the transaction read was sent before this was on. If it has sent something, EXEC is pending. */
  #answerInExec(client: Client, tracker: Tracker): void {
    if (client.pendingCount > 0) this.#teller.tellKeys(tracker, null);
    client.answer(OK);
  }

  #switchClass(client: Client, tracker: Tracker): void {
    const { isBroadcast, isNoloop } = tracker.options;
    if (isNoloop) tracker.ownId ??= this.#newOwnId();
    const ownId = isNoloop ? tracker.ownId : null;
    client.connectionClass = tracked(client.connectionClass, { isBroadcast, ownId });
    client.mode |= MODE.tracking;
    this.#trackers.join(tracker, client.connectionClass);
  }

  /** Null: there are many already. It is told of its own writes as well. */
  #newOwnId(): number | null {
    if (this.#ownIds.size >= this.#env.ownMax) return null;
    do this.#lastOwnId = (this.#lastOwnId % OWN_ID_MAX) + 1;
    while (this.#ownIds.has(this.#lastOwnId));
    this.#ownIds.add(this.#lastOwnId);
    return this.#lastOwnId;
  }

  /** It hears of all keys: so a connection to each shard is there, or was tried, before it is told that this is on. */
  #answerWhenOpen(client: Client, tracker: Tracker, isNew: boolean): void {
    const { routing } = this.#env;
    const token = client.reserve();
    client.stayAlone();
    tracker.isOpening ||= isNew;
    let left = routing.shards.length;
    const onAnswer = (): void => {
      if (--left > 0) return;
      tracker.isOpening = false;
      client.onReply(token, OK, 0, OK.length);
    };
    const order = { owner: client, connectionClass: client.connectionClass, isWrite: false };
    const shards = [...routing.shards];
    if (left === 0) onAnswer();
    for (const shard of shards)
      new ShardCall({ ...order, shard, request: PING, onAnswer }, this.#env).start();
  }

  #caching(client: Client): Uint8Array {
    const tracker = this.#trackers.of(client);
    if (tracker === undefined) return OFF;
    const { isOptIn, isOptOut } = tracker.options;
    const word = argumentText(client.request, 2).toLowerCase();
    if (word !== 'yes' && word !== 'no') return errors.syntax;
    if (word === 'yes' && !isOptIn) return NOT_OPT_IN;
    if (word === 'no' && !isOptOut) return NOT_OPT_OUT;
    // In a transaction it counts until EXEC, and that is over.
    if (client.captured === undefined) tracker.cachingUntil = client.facts.requests + 1;
    return OK;
  }

  #redirect(client: Client): Uint8Array {
    return encode.integer(this.activityOf(client).redirect);
  }

  #info(client: Client): Uint8Array {
    return trackingInfo(this.#trackers.of(client) ?? null, client.respVersion);
  }
}

function noteTransaction(tracker: Tracker, isQueueing: boolean): void {
  if (tracker.wasQueueing && !isQueueing) tracker.readsFrom = Infinity;
  tracker.wasQueueing = isQueueing;
}

function wantsReads(tracker: Tracker, client: Client): boolean {
  const { isBroadcast, isOptIn, isOptOut } = tracker.options;
  if (isBroadcast) return false;
  if (isOptIn) return tracker.isCaching(client);
  return !isOptOut || !tracker.isCaching(client);
}
